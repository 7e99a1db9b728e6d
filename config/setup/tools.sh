# shellcheck shell=bash disable=SC2154 # a part of `prepare`, which sets `want`, `say` and `fail`
# The tools that come from Debian. Whatever does the work is good enough, wherever it came from: so
# nothing is installed twice, and systems without apt do too.

find_tools() {
    local lacking
    mapfile -t lacking < <(tools_lacking)
    [ ${#lacking[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        fail "not found: ${lacking[*]} (names of Debian packages); install what your system calls" \
            "them, then try again"
    say "Debian packages to build and $want it$(is_root || echo ' (with sudo)'): ${lacking[*]}"
    update_lists
    apt_get install --no-remove "${lacking[@]}"
    mapfile -t lacking < <(tools_lacking)
    [ ${#lacking[@]} -eq 0 ] ||
        fail "still not usable: ${lacking[*]}; expected Debian 12 or later, or a Python 3.11 or" \
            "later with its headers on the PATH; the Python in use is: $(python_found || echo none)"
}

# Each line: the Debian package, then a command that succeeds if what it brings is there.
tools_lacking() {
    lacks python3 python_found
    lacks python3-venv with_python -c 'import ensurepip, venv'
    lacks python3-dev with_python -c \
        'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")'
    lacks gcc gcc --version
    lacks libc6-dev has_header stdio.h
    lacks libasound2-dev has_header alsa/asoundlib.h
    ! builds_lgpio || lacks swig swig -version
    [ "$want" = test ] || return 0
    lacks ffmpeg ffmpeg -version
    lacks flac flac --version
    lacks libasound2-plugins has_alsa_plugin pulse
    lacks openssh-client ssh -V
    lacks pulseaudio-utils pactl --version
    lacks sox sox --version
    lacks systemd systemd-analyze --version
    # The kernel of the virtual Pi and its SD card; see hil/virtual/kernel/build.
    [ "$(uname -m)" = x86_64 ] || return 0
    lacks bc bc --version
    lacks bison bison --version
    lacks e2fsprogs env PATH="$PATH:/usr/sbin:/sbin" mkfs.ext4 -V
    lacks flex flex --version
    lacks make make --version
    lacks xz-utils xz --version
}

lacks() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || echo "$package"
}

# The first Python that is new enough. It is run, not only looked for: a name on the PATH may be
# a version manager's shim for a version that is not there.
python_found() {
    local name
    for name in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        command -v "$name"
        return
    done
    return 1
}

with_python() {
    local python
    python=$(python_found) && "$python" "$@"
}

builds_lgpio() { with_python -c 'import sys; sys.exit(sys.version_info < (3, 13))'; }

has_header() { gcc -E -include "$1" -x c /dev/null; }

has_alsa_plugin() { compgen -G "/usr/lib*/*/alsa-lib/libasound_module_pcm_$1.so" ||
    compgen -G "/usr/lib*/alsa-lib/libasound_module_pcm_$1.so"; }

# The tests play into a PulseAudio of their own. Installing that package would change how this
# machine sounds, or drive PipeWire out; so it is only unpacked.
find_sound_server() {
    ! command -v pulseaudio >/dev/null || return 0
    say "PulseAudio, unpacked for the tests alone; the sound of this machine stays as it is"
    unpack pulseaudio
    cat >.venv/bin/pulseaudio <<EOF
#!/bin/sh
place="$PWD/.venv/pulseaudio"
modules=\$(echo "\$place"/usr/lib/pulse-*/modules)
export LD_LIBRARY_PATH="\$(echo "\$place"/usr/lib/*/pulseaudio):\$modules"
exec "\$place/usr/bin/pulseaudio" --dl-search-path="\$modules" "\$@"
EOF
    chmod +x .venv/bin/pulseaudio
}

# The rig's tests log in to a machine, talk through a broker and measure a peer. Once installed,
# all three would start with the machine; so they are only unpacked.
find_rig_parts() {
    find_part openssh-server usr/sbin/sshd
    find_part mosquitto usr/sbin/mosquitto
    find_peer
}

# `make run` shows what the box tells a broker; without one it plays all the same.
find_broker() {
    (find_part mosquitto usr/sbin/mosquitto) || say "so there is no broker; the box plays without"
}

find_peer() { find_part mpd usr/bin/mpd; }

# PACKAGE and the path of the program in it, which is then called by its name from .venv/bin.
find_part() {
    local package=$1 program=$2 name=${2##*/} found
    [ ! -x ".venv/bin/$name" ] || return 0
    if found=$(command -v "$name" || command -v "/usr/sbin/$name"); then
        ln -sfn "$found" ".venv/bin/$name"
        return
    fi
    say "$name, unpacked for this checkout alone; nothing of it starts by itself"
    unpack "$package"
    ln -s "../$package/$program" ".venv/bin/$name"
}

# A Debian package into .venv/PACKAGE, without installing it; the libraries that it is linked with
# are installed, what else it would like to have is not.
unpack() {
    local package=$1 place=$PWD/.venv/$1 file needs
    command -v apt-get >/dev/null || fail "not found: $package; install it, then try again"
    mkdir -p "$place"
    file=$(cd "$place" && { fetch "$package" || { update_lists && fetch "$package"; }; }) ||
        fail "apt-get cannot fetch $package"
    needs=$(dpkg-deb --field "$file" Depends | tr ',' '\n' | sed -nE '/^ *z?lib/p' | paste -sd ,)
    satisfied "$needs" || apt_get satisfy --no-remove "$needs"
    dpkg-deb --extract "$file" "$place"
}

fetch() { apt-get download -qq "$1" >/dev/null 2>&1 && ls "$PWD/$1"_*.deb; }

satisfied() {
    local plan
    plan=$(apt-get satisfy --simulate "$1" 2>/dev/null) && ! grep -q '^Inst' <<<"$plan"
}

update_lists() { as_root apt-get update -qq >/dev/null 2>&1 || true; } # old ones may do

# Quiet; if it fails, shows what it said. Removes nothing: a package that could only come at the
# price of another is the owner's decision. (Descriptor 9 is the lock, not for a daemon to keep.)
apt_get() {
    local log
    log=$(mktemp)
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get "$1" --yes --no-install-recommends \
        "${@:2}" </dev/null >"$log" 2>&1 9<&-; then
        tail -n 15 "$log" >&2
        fail "apt-get could not do it; put that right, or try by hand: apt-get $*"
    fi
    rm "$log"
}

is_root() { [ "$(id -u)" -eq 0 ]; }

as_root() {
    if is_root; then
        "$@"
    else
        command -v sudo >/dev/null || fail "needs root; as root: $*"
        sudo "$@"
    fi
}
