#!/bin/bash
# Makes the histories beside this file with the reference implementation of ASC MHL: bash make.sh CHECKOUT FOLDER
# CHECKOUT is a clone of github.com/ascmitc/mhl (made with commit e73462c), FOLDER a new one. What the tool itself
# says of each is in expected.txt, which test/work/receipts/golden-histories.test.ts reads.
set -euo pipefail
checkout=$(realpath -- "$1")
mkdir -- "$2"
cd -- "$2"
top=$PWD
beside=$(mktemp -d)
trap 'rm -rf -- "$beside"' EXIT
# The tool wants to be installed, and to ask the network for a newer one.
mkdir "$beside/ascmhl-1.0.dist-info"
printf 'Metadata-Version: 2.1\nName: ascmhl\nVersion: 1.0\n' >"$beside/ascmhl-1.0.dist-info/METADATA"
printf 'class exceptions:\n    class RequestException(Exception): pass\ndef get(*_):\n    raise exceptions.RequestException()\n' \
  >"$beside/requests.py"
export PYTHONPATH=$beside:$checkout PYTHONDONTWRITEBYTECODE=1
# Not the name of whichever computer made these.
cat >"$beside/call.py" <<'P'
import platform, runpy, sys
platform.node = lambda: "reference"
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__")
P
mhl() { /usr/bin/python3 "$beside/call.py" ascmhl.cli.ascmhl "$@" >/dev/null || true; }

card() {
  mkdir -p "$1/Clips" "$1/Empty"
  printf first >"$1/Clips/A002C006.mov"
  printf second >"$1/Clips/A002C007.mov"
  printf 'a note' >"$1/Sidecar & <more>.txt"
}

card default && mhl create default
card every-format && mhl create every-format -h md5 -h sha1 -h xxh128 -h xxh3 -h xxh64 -h c4
card generations && mhl create generations -h xxh64 && printf third >generations/Clips/A002C008.mov \
  && mhl create generations -h xxh64 -h md5 && mhl create generations -h sha1
card no-folder-hashes && mhl create no-folder-hashes -n -h md5
mkdir nested && card nested/A002 && card nested/A003 && printf summary >nested/Summary.txt \
  && mhl create nested/A002 -h xxh64 && mhl create nested/A003 -h c4 && mhl create nested -h xxh64
card single-file && mhl create single-file -h md5 -sf single-file/Clips/A002C006.mov \
  && mhl create single-file -h md5 -sf single-file/Clips/A002C007.mov -sf "single-file/Sidecar & <more>.txt"
card renamed && mhl create renamed -h xxh64 && mv renamed/Clips/A002C006.mov renamed/Clips/B.mov \
  && mhl create renamed -h xxh64 -dr
card ignored && printf x >ignored/Clips/a.tmp && mhl create ignored -h xxh64 -i '*.tmp'
card ignored-later && printf x >ignored-later/a.tmp && mhl create ignored-later -h xxh64 \
  && mhl create ignored-later -h xxh64 -i '*.tmp' && printf y >ignored-later/a.tmp
card changed && mhl create changed -h xxh64 && printf fjrst >changed/Clips/A002C006.mov
card changed-and-recorded && mhl create changed-and-recorded -h xxh64 \
  && printf fjrst >changed-and-recorded/Clips/A002C006.mov && mhl create changed-and-recorded -h xxh64
card missing && mhl create missing -h md5 && rm missing/Clips/A002C007.mov
card missing-folder && mhl create missing-folder -h md5 && rmdir missing-folder/Empty
card extra && mhl create extra -h md5 && printf x >extra/Clips/A002C009.mov
card changed-chain && mhl create changed-chain -h md5 && sed -i 's/<c4>c4./<c4>c4z/' changed-chain/ascmhl/ascmhl_chain.xml
card missing-chain && mhl create missing-chain -h md5 && rm missing-chain/ascmhl/ascmhl_chain.xml
card missing-manifest && mhl create missing-manifest -h md5 && rm missing-manifest/ascmhl/0001*
card changed-below && mkdir -p changed-below && mv changed-below inner && mkdir changed-below && mv inner changed-below/A002 \
  && mhl create changed-below/A002 -h xxh64 && mhl create changed-below -h xxh64 && printf fjrst >changed-below/A002/Clips/A002C006.mov
card no-history

# git keeps no empty folders: the test makes these again.
find . -type d -empty -printf '%P\n' | sort >folders.txt
for each in */; do
  name=${each%/}
  set +e
  /usr/bin/python3 "$beside/call.py" ascmhl.cli.ascmhl_debug verify "$top/$name" >/dev/null 2>&1
  printf '%s %s\n' "$?" "$name"
  set -e
done >expected.txt
