#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Boots Debian's arm64 kernel as a guest of the hypervisor: installs what is missing, builds, fetches
# the kernel, makes an initramfs, runs. Ctrl-A x leaves the guest.
#
# usage: ./boot [OPTION...] [-- VGIC5-OPTION...]
#
#   -c, --cpus N     virtual CPUs (default: 2)
#   -m, --mem MIB    memory (default: 512)
#   -p, --params S   more words for the kernel command line
#   --pcpus N        physical CPUs of the machine below
#   --kernel IMAGE   another arm64 Image; its modules must be Debian's, or the devices stay unused
#   --disk FILE      a raw disk image (default: a fresh one of 16 MiB)
#   --smoke          no shell: the guest checks itself and powers off; the exit status tells
#   --load SECONDS   with --smoke: hammer interrupts for so long first
#   --deterministic  time is the number of instructions
#   --update         look for a newer kernel
#   --no-install     do not install packages
#   -h, --help       this text
#
# Other options of "vgic5 run" follow after --. Exit status as of vgic5: 0 all well, 1 self-check
# failed, 2 something is missing, 3 guest panic, 4 strict report.
set -u
cd "$(dirname "$0")" || exit 2

PACKAGES="meson ninja-build pkg-config gcc libc6-dev libcjson-dev libfdt-dev libslirp-dev libzstd-dev
zlib1g-dev cpio xz-utils python3 debian-archive-keyring"
BUILD=build
WORK=build/boot

die() {
	echo "boot: $*" >&2
	exit 2
}

cpus=2 mem=512 params='' pcpus='' kernel='' disk='' load=0
smoke=0 update=0 install=1
options=()
while [ $# -gt 0 ]; do
	case $1 in
	-c | --cpus | -m | --mem | -p | --params | --pcpus | --kernel | --disk | --load)
		[ $# -ge 2 ] || die "$1 wants a value: see ./boot --help"
		;;
	esac
	case $1 in
	-c | --cpus) cpus=$2 && shift ;;
	-m | --mem) mem=$2 && shift ;;
	-p | --params) params=$2 && shift ;;
	--pcpus) pcpus=$2 && shift ;;
	--kernel) kernel=$2 && shift ;;
	--disk) disk=$2 && shift ;;
	--load) load=$2 && shift ;;
	--smoke) smoke=1 ;;
	--deterministic) options+=(--deterministic) ;;
	--update) update=1 ;;
	--no-install) install=0 ;;
	-h | --help) sed -n '/^# Boots/,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 0 ;;
	--) shift && options+=("$@") && break ;;
	*) die "no option $1: see ./boot --help" ;;
	esac
	shift
done

install_packages() {
	local missing='' sudo=''
	for package in $PACKAGES; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
			missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	[ $install = 1 ] || die "missing packages: apt-get install$missing"
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || die "missing packages; as root: apt-get install$missing"
		sudo=sudo
	fi
	echo "boot: installing$missing" >&2
	$sudo apt-get update >"$WORK/install.log" 2>&1
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y --no-install-recommends $missing \
		>>"$WORK/install.log" 2>&1 || die "apt-get install failed: see $WORK/install.log"
}

build() {
	if [ ! -f $BUILD/build.ninja ]; then
		echo "boot: configuring" >&2
		# Tests need packages that a user of the machine does not.
		meson setup $BUILD --buildtype=release -Dtests=false >"$WORK/configure.log" 2>&1 ||
			die "meson setup failed: see $WORK/configure.log"
	fi
	[ -x $BUILD/vgic5 ] || echo "boot: building" >&2
	ninja -C $BUILD vgic5 >"$WORK/build.log" 2>&1 || die "build failed: see $WORK/build.log"
}

command -v dpkg-query >/dev/null || die "this script is for Debian; docs/running.md says what it does"
mkdir -p $WORK || exit 2
install_packages
build

fetch=(tests/linux/fetch-kernel)
[ $update = 0 ] || fetch+=(--update)
fetched=$("${fetch[@]}") || exit 2
kernel=${kernel:-$fetched/Image}
if [ ! -s $WORK/initramfs.cpio ] || [ "$fetched/version" -nt $WORK/initramfs.cpio ] ||
	[ -n "$(find tests/linux -newer $WORK/initramfs.cpio -type f)" ]; then
	extra=()
	if command -v aarch64-linux-gnu-gcc >/dev/null; then
		aarch64-linux-gnu-gcc -O2 -static -pthread -s -o $WORK/hammer tests/linux/hammer.c \
			2>"$WORK/hammer.log" && extra=("$WORK/hammer")
	fi
	tests/linux/mkinitramfs "$fetched" $WORK/initramfs.cpio "${extra[@]}" || exit 2
fi
if [ -z "$disk" ]; then
	disk=$WORK/disk.$$
	trap 'rm -f "$disk"' EXIT
	truncate -s 16M "$disk" || die "cannot make $disk"
fi

words="console=ttyAMA0 rdinit=/init"
if [ $smoke = 1 ]; then
	options+=(--selfcheck)
	words="$words selfcheck cpus=$cpus disk net rng"
	[ "$load" = 0 ] || words="$words load=$load"
fi
[ -z "$pcpus" ] || options+=(--pcpus "$pcpus")
$BUILD/vgic5 run -k "$kernel" -i $WORK/initramfs.cpio -c "$cpus" -m "$mem" \
	-p "$words${params:+ $params}" --disk "$disk" --net user "${options[@]}"
