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
# The sample configuration of the package listens to the world: ours is named by its path, and a
# switch that cannot read it must not start with another.
[ ! -d "$root/etc/asterisk" ] || mount -t tmpfs -o mode=755 none "$root/etc/asterisk"

# The user asterisk has to pass each folder on the way to the ones it may see, and `root` or a home
# lets nobody through. It is the way inside the root folder that is opened, never the machine's.
open_way() {
  way=
  IFS=/
  for part in ${1#/}; do
    way=$way/$part
    [ -d "$root$way" ] || mkdir "$root$way"
    chmod a+x "$root$way"
  done
  unset IFS
}
while [ "$1" != -- ]; do
  open_way "$1"
  mount --rbind "$1" "$root$1"
  shift
done
shift
exec chroot --userspec=asterisk:asterisk "$root" "$@"
