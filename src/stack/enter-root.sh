#!/bin/sh
# Enters a root folder and runs a command there as the user asterisk. Started inside `unshare
# --mount`, so that every mount is seen by this process alone and is gone when it ends. Each
# folder named before `--` is put at its own path, so that no path needs translating.
# usage: enter-root.sh ROOT FOLDER... -- COMMAND...
set -eu
root=$1
shift
mount --make-rprivate /
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
# Without the machine's own name in it, each call stalls for seconds on a look-up.
[ -e "$root/etc/hosts" ] || : > "$root/etc/hosts"
mount --bind /etc/hosts "$root/etc/hosts"
while [ "$1" != -- ]; do
  mkdir -p "$root$1"
  mount --rbind "$1" "$root$1"
  shift
done
shift
exec chroot --userspec=asterisk:asterisk "$root" "$@"
