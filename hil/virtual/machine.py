"""The virtual Pi's power switch: boots the kernel on the host's own files, and kills it.

It needs neither root nor a disk image: the guest's root is the host's, read-only, with memory
above it. Its SD card, which holds the box's library, is a file that outlives a power cut, and of
which everything that was not yet written is lost with it, as on a real card.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from hil.errors import RigError
from hil.virtual.channel import Link
from hil.virtual.shell import GuestShell

CHECKOUT = Path(__file__).resolve().parents[2]
_INIT = CHECKOUT / "hil/virtual/guest/init"
_BOOT_S = 60.0
_GUARDED = """
"$@" </dev/null &
kernel=$!
{ read -r _; kill -s KILL -- -$kernel; } <&3 3<&- &
wait $kernel
kill -9 0
"""
"""The kernel and all its processes end when it ends, and when the bench ends, however it ends.

The kernel makes a session of its own, so that only its own group reaches all of them.
"""

_AHEAD = "renice -n -15 -p $$ >/dev/null 2>&1\n"
"""A board shares its processor with nobody; in real time, neighbours count as its own delays.

Only root may do it. In simulated time nobody's delays count.
"""


@dataclass(frozen=True, slots=True)
class Build:
    """What a virtual Pi is made of.

    Attributes:
        kernel: see ``kernel/build``.
        memory_mb: as a board has it.
        card_mb: size of its SD card.
        simulated: whether its time is simulated: infinitely fast, and idle time is skipped.
    """

    kernel: Path
    memory_mb: int = 512
    card_mb: int = 256
    simulated: bool = False


class VirtualPi:
    """One virtual Pi, on or off; its card keeps what was written.

    Args:
        build: what it is made of.
        folder: the bench's own; ``music/`` in it is the box's music.
        python: of the product.
    """

    def __init__(self, build: Build, folder: Path, python: Path) -> None:
        self._build = build
        self._python = python
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "music").mkdir(parents=True, exist_ok=True)
        self.shell = GuestShell(folder)
        self._card = folder / "card.img"
        self._console = folder / "console"

    def on(self) -> None:
        """Boot; returns when the guest's first process answers.

        Raises:
            RigError: it does not boot.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self.off()
        if not self._card.exists():
            _format(self._card, self._build.card_mb)
        link = Link(simulated=self._build.simulated, last_words=self._last_words)
        with self._console.open("wb") as console:
            self._process = subprocess.Popen(
                [
                    "sh",
                    "-c",
                    self._script(),
                    "sh",
                    *self._command(link.guests_end.fileno()),
                ],
                stdin=subprocess.PIPE,
                stdout=console,
                stderr=console,
                pass_fds=[link.guests_end.fileno()],
                start_new_session=True,
                env=os.environ | {"TMPDIR": _memory_folder(self._build.memory_mb)},
            )
        link.guests_end.close()
        self.shell.link = link
        try:
            link.wait_up(_BOOT_S)
        except TimeoutError as error:
            words = self._last_words()
            self.off()
            raise RigError(
                f"the virtual Pi: not up within {_BOOT_S:g} s; expected about one; its console "
                f"says: {words or 'nothing'}"
            ) from error

    def off(self) -> None:
        """Cut the power: the kernel and everything in it are killed."""
        if self._process is not None:
            self._process.communicate()  # its input ends, and the guard kills
            self._process = None
        if self.shell.link is not None:
            self.shell.link.close()
            self.shell.link = None

    def new_card(self) -> None:
        """Take out the card and put in an empty one; only while it is off."""
        self._card.unlink(missing_ok=True)

    def _script(self) -> str:
        return f"exec 3<&0\n{'' if self._build.simulated else _AHEAD}{_GUARDED}"

    def _command(self, line: int) -> list[str]:
        build = self._build
        command = [
            str(build.kernel),
            f"mem={build.memory_mb}M",
            "rootfstype=hostfs",
            "rootflags=/",
            "ro",
            f"init={_INIT}",
            f"ubd0={self._card}",
            f"uml_dir={self.folder / 'uml'}/",
            "con=null",
            "con0=null,fd:1",
            f"ssl0=fd:{line}",
            "quiet",
            f'bench="{self.folder}"',
            f'checkout="{CHECKOUT}"',
            f'python="{self._python}"',
        ]
        if build.simulated:
            command += ["time-travel=inf-cpu", f"time-travel-start={time.time_ns()}"]
        return command

    def _last_words(self) -> str:
        try:
            return self._console.read_text(errors="replace").strip()[-1500:]
        except OSError:
            return ""


def _format(card: Path, size_mb: int) -> None:
    with card.open("wb") as file:
        file.truncate(size_mb << 20)
    tool = shutil.which("mkfs.ext4", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if tool is None:
        raise RigError("mkfs.ext4: not found; expected e2fsprogs; install it")
    command = [tool, "-q", "-F", "-b", "4096", str(card)]  # else small ones get 1024
    subprocess.run(command, check=True, capture_output=True)


def _memory_folder(size_mb: int) -> str:
    """Where the guest's memory is a file: in memory if it fits there, else on the disk."""
    shm = Path("/dev/shm")  # noqa: S108 the kernel makes an unnamed file there
    if shm.is_dir() and os.access(shm, os.W_OK):
        about = os.statvfs(shm)
        executable = not about.f_flag & os.ST_NOEXEC
        if executable and about.f_bavail * about.f_frsize > size_mb << 20:
            return str(shm)
    return tempfile.gettempdir()
