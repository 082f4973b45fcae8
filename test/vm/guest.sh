# What runs in the virtual machine once it has files: a desktop that mounts cards, and a shell for the test.
# Only /run can be written to. PROJECT is set by whoever started the machine.
set -u
. /run/settings
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/run/home TMPDIR=/run/tmp GLASSINE_HOME=/run/glassine TZ=UTC LC_ALL=C.UTF-8
mkdir -p "$HOME" "$TMPDIR" /run/media

port() {
  for folder in /sys/class/virtio-ports/*; do
    if [ "$(cat "$folder/name")" = "$1" ]; then echo "/dev/${folder##*/}"; fi
  done
}
exec 3<>"$(port control)" 4>"$(port news)"

/run/busybox uevent /bin/sh "$PROJECT/test/vm/automount.sh" 3>&- 2>/dev/console &
# It hears what comes from now on when its socket is open: one for kernel events that is not the kernel's own.
until grep -Eq '^[0-9a-f]+ +15 +[1-9]' /proc/net/netlink; do sleep 0.1; done

echo ready >&3
while read -r command <&3; do
  (
    exec 3>&-
    eval "$command"
  ) >/run/said 2>&1 </dev/null
  echo "$? $(base64 -w 0 /run/said)" >&3
done
