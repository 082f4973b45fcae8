# What a desktop does when a card is plugged in or pulled out; called for each event of the kernel, with its
# facts in the environment. Mounts as udisks does, and says so in a line of JSON. What was pulled out is
# unmounted and its folder removed, as udisks does, too; /run/habit names what other systems do instead.
if [ "${SUBSYSTEM-}" != block ] || [ "${DEVTYPE-}" != partition ]; then exit 0; fi
device=/dev/$DEVNAME

tell() { echo "{\"kind\":\"desktop\",\"did\":\"$1\",\"device\":\"$device\",\"at\":\"${2-}\"}" >&4; }

put_in() {
  type=$(blkid -p -o value -s TYPE "$device")
  common=rw,nosuid,nodev,relatime,uid=0,gid=0,fmask=0022,dmask=0022
  case $type in
    exfat) options=$common,iocharset=utf8,errors=remount-ro ;;
    vfat) options=$common,codepage=437,iocharset=ascii,shortname=mixed,utf8,flush,errors=remount-ro ;;
    *) tell blank && return ;;
  esac
  label=$(blkid -p -o value -s LABEL "$device")
  at=/run/media/$label
  number=0
  # What was pulled out while mounted may still be there.
  while mountpoint -q "$at"; do
    number=$((number + 1))
    at=/run/media/$label$number
  done
  mkdir -p "$at"
  if mount -t "$type" -o "$options" "$device" "$at"; then tell mounted "$at"; else tell failed "$at"; fi
}

pulled_out() {
  habit=$(cat /run/habit 2>/dev/null)
  while read -r source at _; do
    if [ "$source" != "$device" ] || [ "$habit" = leaves-it-mounted ]; then continue; fi
    umount -l "$at"
    if [ "$habit" != leaves-the-folder ]; then rmdir "$at"; fi
  done </proc/mounts
  tell gone
}

case $ACTION in
  add) put_in ;;
  remove) pulled_out ;;
esac
