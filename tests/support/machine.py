"""Parts of /sys, /proc and /dev of a machine with sound cards, as files in a folder.

The texts are what a Raspberry Pi 4 (kernel 6.1) says.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

USB_STREAM = """\
Generic USB Audio at usb-0000:01:00.0-1.2, high speed : USB Audio

Playback:
  Status: Stop
  Interface 1
    Altset 1
    Format: S16_LE
    Channels: 2
    Endpoint: 0x01 (1 OUT) (ASYNC)
    Rates: 44100, 48000, 88200, 96000
    Data packet interval: 125 us
    Bits: 16
    Channel map: FL FR
  Interface 1
    Altset 2
    Format: S24_3LE
    Channels: 2
    Endpoint: 0x01 (1 OUT) (ASYNC)
    Rates: 44100, 48000, 88200, 96000, 176400, 192000
    Bits: 24

Capture:
  Status: Stop
  Interface 2
    Altset 1
    Format: U8
    Channels: 1
    Rates: 8000
"""

_PCI = "platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0"


@dataclass(frozen=True)
class Machine:
    """A folder that looks like the root of a machine."""

    root: Path

    def add(
        self,
        number: int,
        kernel_id: str,
        line: str,
        device: str,
        *,
        playback: tuple[int, ...] = (0,),
        bus: str = "platform",
    ) -> Path:
        """A card; returns the folder of its device below /sys/devices."""
        hardware = self.root / "sys/devices" / device
        folder = hardware / f"sound/card{number}"
        folder.mkdir(parents=True)
        (folder / "id").write_text(f"{kernel_id}\n")
        (folder / "device").symlink_to("../..")
        subsystem = hardware / "subsystem"
        if not subsystem.is_symlink():
            (self.root / "sys/bus" / bus).mkdir(parents=True, exist_ok=True)
            subsystem.symlink_to(self.root / "sys/bus" / bus)
        (folder / f"pcmC{number}D0c").mkdir()
        for pcm in playback:
            (folder / f"pcmC{number}D{pcm}p").mkdir()
            self.write(f"dev/snd/pcmC{number}D{pcm}p", "")
            self.write(f"proc/asound/card{number}/pcm{pcm}p/sub0/status", "closed\n")
        classes = self.root / "sys/class/sound"
        classes.mkdir(parents=True, exist_ok=True)
        (classes / f"card{number}").symlink_to(folder)
        cards = self.root / "proc/asound/cards"
        told = cards.read_text() if cards.exists() else ""
        self.write(
            "proc/asound/cards", f"{told}{number:2} [{kernel_id:15}]: {line}\n{'':22}{line}\n"
        )
        return hardware

    def add_usb(
        self, number: int, kernel_id: str, port: str, *, serial: str = "", bus: int = 1
    ) -> None:
        """A USB DAC at a port like ``1-1.2``."""
        device = f"{_PCI}/usb{bus}/{port}"
        self.add(number, kernel_id, "USB-Audio - USB Audio", f"{device}/{port}:1.0", bus="usb")
        self.write(f"sys/devices/{device}/idVendor", "0d8c\n")
        self.write(f"sys/devices/{device}/idProduct", "0014\n")
        if serial:
            self.write(f"sys/devices/{device}/serial", f"{serial}\n")
        self.write(f"proc/asound/card{number}/stream0", USB_STREAM)

    def hold(self, number: int, pid: int, name: str) -> None:
        """A program plays to the card."""
        status = f"state: RUNNING\nowner_pid   : {pid}\ntrigger_time: 812.03\n"
        self.write(f"proc/asound/card{number}/pcm0p/sub0/status", status)
        self.write(f"proc/{pid}/comm", f"{name}\n")

    def write(self, path: str, text: str) -> None:
        """A file with ``text``."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def raspberry_pi(root: Path) -> Machine:
    """A Pi 4 with a HifiBerry DAC+, its own jack and HDMI, and a USB DAC; numbers as they fell."""
    pi = Machine(root)
    jack = "platform/soc/fe00b840.mailbox/bcm2835_audio"
    pi.add(0, "Headphones", "bcm2835_headpho - bcm2835 Headphones", jack, bus="vchiq")
    pi.add(1, "vc4hdmi0", "vc4-hdmi - vc4-hdmi-0", "platform/soc/fef00700.hdmi")
    hat = "HifiberryDacp - snd_rpi_hifiberry_dacplus"
    pi.add(2, "sndrpihifiberry", hat, "platform/soc/soc:sound")
    pi.add_usb(3, "Audio", "1-1.2")
    return pi
