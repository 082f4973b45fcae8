#!/bin/busybox sh
# The first process of the virtual machine: loads modules, mounts the files of the computer outside read-only,
# and goes on among them with guest.sh. Whatever fails ends the machine, and the console tells.
set -eu
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs devtmpfs /dev
while read -r module; do
  busybox insmod "/modules/$module" || echo "init: $module was not loaded"
done </modules/order
busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose outside /root
busybox mount -t proc proc /root/proc
busybox mount -t sysfs sysfs /root/sys
busybox mount -t devtmpfs devtmpfs /root/dev
busybox mount -t tmpfs tmpfs /root/run
busybox cp /bin/busybox /settings /root/run/
. /settings
exec busybox chroot /root /bin/sh "$PROJECT/test/vm/guest.sh"
