#!/bin/bash
# check-tlog-proof.sh PROOF VKEY: checks a C2SP tlog-proof with nothing but openssl, sha256sum, base64 and od.
# The entry is the proof's `extra`. Ends with 0 where the entry is in the log that the key signed, else with 1.
set -euo pipefail
proof=$1 vkey=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
hex() { od -An -v -tx1 | tr -d ' \n'; }
raw() { local text=$1 at; for ((at = 0; at < ${#text}; at += 2)); do printf "\\x${text:at:2}"; done; }
digest() { sha256sum | cut -c1-64; }

[ "$(sed -n 1p "$proof")" = "c2sp.org/tlog-proof@v1" ]
index=$(sed -n 's/^index //p' "$proof")
sed -n 's/^extra //p' "$proof" | base64 -d > "$work/entry"
sed -n '/^index /,/^$/p' "$proof" | sed '1d;/^$/d' > "$work/nodes"
awk 'past {print} /^$/ && !past {past = 1}' "$proof" > "$work/note"

# the head: origin, size, root; signed
sed '/^$/,$d' "$work/note" > "$work/text"
origin=$(sed -n 1p "$work/text") size=$(sed -n 2p "$work/text")
root=$(sed -n 3p "$work/text" | base64 -d | hex)
name=${vkey%%+*} rest=${vkey#*+}
public=$(printf %s "${rest#*+}" | base64 -d | hex)
[ "$name" = "$origin" ] && [ "${public:0:2}" = "01" ]
raw "302a300506032b6570032100${public:2}" > "$work/key.der"
signature=$(sed -n "s|^— $name ||p" "$work/note" | base64 -d | hex)
[ "${signature:0:8}" = "${rest%%+*}" ]
raw "${signature:8}" > "$work/signature"
openssl pkeyutl -verify -pubin -inkey "$work/key.der" -keyform DER -rawin -in "$work/text" -sigfile "$work/signature" > "$work/said"

# the entry: its leaf leads to the root (RFC 9162, 2.1.3.2)
leaf=$( (printf '\0'; cat "$work/entry") | digest)
node=$index last=$((size - 1))
((node <= last))
while read -r line; do
  ((last > 0))
  sibling=$(printf %s "$line" | base64 -d | hex)
  if ((node & 1 || node == last)); then
    leaf=$(raw "01$sibling$leaf" | digest)
    while ((!(node & 1) && node)); do node=$((node >> 1)) last=$((last >> 1)); done
  else
    leaf=$(raw "01$leaf$sibling" | digest)
  fi
  node=$((node >> 1)) last=$((last >> 1))
done < "$work/nodes"
((last == 0)) && [ "$leaf" = "$root" ]
echo "Entry $index of $size is in $origin."
