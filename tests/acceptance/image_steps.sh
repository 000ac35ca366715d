#!/usr/bin/env bash
# What a container does around the server, with the kernel's own means: image_steps.sh HOME VOLUME UID COMMAND …
# A root file system that is read-only, memory on /tmp, a user with a name and no privileges. HOME is left alone.
# PASSAGE names what the user must reach: directories on the way there may be closed to others, as /root is, or be
# in /tmp, which is another one here.
set -euo pipefail

home=$1 volume=$2 uid=$3
shift 3

new_tmp() {
    [ -n "${has_new_tmp-}" ] || mount -t tmpfs -o mode=1777 tmpfs /tmp
    has_new_tmp=1
}

number=0
for path in $PASSAGE; do
    closed=
    for ((above = ${#path}; above > 0; above--)); do
        folder=${path:0:above}
        if [ "${path:above:1}" = / ] && [ -z "$(find "$folder" -maxdepth 0 -perm -o=x)" ]; then closed=$folder; fi
    done
    case $path in /tmp/*) closed=/tmp ;; esac
    [ -n "$closed" ] || continue
    number=$((number + 1))
    mkdir -p "$home/kept/$number"
    mount --bind "$path" "$home/kept/$number"
    [ "$closed" = /tmp ] || mount -t tmpfs -o mode=755 tmpfs "$closed"
    [ "$closed" != /tmp ] || new_tmp
    mkdir -p "$path"
    mount --bind "$home/kept/$number" "$path"
done

cat /etc/passwd >"$home/passwd"
echo "sertantai:x:$uid:$uid::$volume:/usr/sbin/nologin" >>"$home/passwd"
mount --bind "$home/passwd" /etc/passwd
mount --bind "$volume" "$volume"
mount -o remount,bind,ro /
new_tmp
cd "$volume"
exec setpriv "--reuid=$uid" "--regid=$uid" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
