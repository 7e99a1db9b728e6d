"""System calls that a decoder has no business to make, refused by the kernel (seccomp-bpf).

Installed once everything is imported and warm. From then on the process can
read and write what it was handed and allocate memory; it cannot open files,
sockets, processes or programs, nor touch other processes. A refused call
fails with EPERM, so that a library that merely asks goes on.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterator
from typing import Final

_PR_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EPERM
_LOAD_WORD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_GREATER_OR_EQUAL: Final = 0x35
_RETURN: Final = 0x06
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4  # in struct seccomp_data
_X32_CALLS: Final = 0x40000000

# AUDIT_ARCH_* from linux/audit.h. A 32 bit program on a 64 bit kernel shows as ARM.
_X86_64, _AARCH64, _ARM = 0xC000003E, 0xC00000B7, 0x40000028

# Numbers from asm/unistd_64.h, asm-generic/unistd.h and arch/arm/tools/syscall.tbl; 0: no such
# call there.
_CALLS: Final = {  # (x86-64, aarch64, arm)
    "open": (2, 0, 5),
    "openat": (257, 56, 322),
    "openat2": (437, 437, 437),
    "open_by_handle_at": (304, 265, 371),
    "creat": (85, 0, 8),
    "memfd_create": (319, 279, 385),
    "unlink": (87, 0, 10),
    "unlinkat": (263, 35, 328),
    "rename": (82, 0, 38),
    "renameat": (264, 38, 329),
    "renameat2": (316, 276, 382),
    "mkdir": (83, 0, 39),
    "mkdirat": (258, 34, 323),
    "mknod": (133, 0, 14),
    "mknodat": (259, 33, 324),
    "link": (86, 0, 9),
    "linkat": (265, 37, 330),
    "symlink": (88, 0, 83),
    "symlinkat": (266, 36, 331),
    "truncate": (76, 45, 92),
    "mount": (165, 40, 21),
    "socket": (41, 198, 281),
    "connect": (42, 203, 283),
    "bind": (49, 200, 282),
    "execve": (59, 221, 11),
    "execveat": (322, 281, 387),
    "fork": (57, 0, 2),
    "vfork": (58, 0, 190),
    "clone": (56, 220, 120),
    "clone3": (435, 435, 435),
    "kill": (62, 129, 37),
    "ptrace": (101, 117, 26),
    "process_vm_readv": (310, 270, 376),
    "process_vm_writev": (311, 271, 377),
    "pidfd_open": (434, 434, 434),
    "pidfd_getfd": (438, 438, 438),
    "prlimit64": (302, 261, 369),
    "unshare": (272, 97, 337),
    "setns": (308, 268, 375),
    "bpf": (321, 280, 386),
    "io_uring_setup": (425, 425, 425),
    "perf_event_open": (298, 241, 364),
    "userfaultfd": (323, 282, 388),
    "add_key": (248, 217, 309),
    "keyctl": (250, 219, 311),
    "shmget": (29, 194, 307),
}
_MACHINES: Final = frozenset({"x86_64", "aarch64", "armv7l", "armv8l"})


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_calls() -> bool:
    """Install the filter in this process, for ever; needs ``no_new_privs``.

    Returns:
        Whether it holds; ``False`` on a machine or kernel that cannot have it.
    """
    if platform.machine() not in _MACHINES:
        return False
    instructions = b"".join(_instructions())
    program = _Program(len(instructions) // 8, instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _instructions() -> Iterator[bytes]:
    """``struct sock_filter`` by ``struct sock_filter``: one list of numbers per architecture."""
    yield _instruction(_LOAD_WORD, _ARCHITECTURE_AT)
    for column, architecture in enumerate((_X86_64, _AARCH64, _ARM)):
        numbers = [call[column] for call in _CALLS.values() if call[column]]
        extra = [_instruction(_JUMP_IF_GREATER_OR_EQUAL, _X32_CALLS, len(numbers) + 1)]
        block = [
            _instruction(_LOAD_WORD, _NUMBER_AT),
            *(extra if architecture == _X86_64 else ()),
            *(_instruction(_JUMP_IF_EQUAL, n, len(numbers) - i) for i, n in enumerate(numbers)),
            _instruction(_RETURN, _ALLOW),
            _instruction(_RETURN, _REFUSE),
        ]
        yield _instruction(_JUMP_IF_EQUAL, architecture, 0, len(block))
        yield from block
    yield _instruction(_RETURN, _REFUSE)


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
