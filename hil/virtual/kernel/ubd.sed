# Changes drivers/ubd_kern.c, the driver of the SD card: in simulated time, what is asked of the
# card is done at once. Otherwise a helper process does it while the guest idles, and idle time is
# skipped: seconds or minutes would pass in the guest while it waits for a file of the host.
/^#include "cow.h"$/a\
#include <linux/time-internal.h>
/^static int ubd_submit_request/i\
static void do_io(struct io_thread_req *req, struct io_desc *desc);\
\
static void ubd_do_now(struct io_thread_req *io_req)\
{\
	int i;\
\
	for (i = 0; !io_req->error && i < io_req->desc_cnt; i++)\
		do_io(io_req, &io_req->io_desc[i]);\
	ubd_end_request(io_req);\
}\

/^	ret = os_write_file(thread_fd, &io_req, sizeof(io_req));$/i\
	if (time_travel_mode != TT_MODE_OFF) {\
		ubd_do_now(io_req);\
		return sizeof(io_req);\
	}\

