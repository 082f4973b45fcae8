#!/bin/bash
# Builds glassine_<version>_<architecture>.deb from this folder, after `npm ci`.
#   installers/linux/build-deb.sh [folder for the package; default build-deb]
# The package needs nodejs >= 20.19 on the machine it is installed on; Debian 12's own is older.
set -euo pipefail

root=$(cd -- "$(dirname -- "$0")/../.." && pwd)
out=$(mkdir -p -- "${1:-$root/build-deb}" && cd -- "${1:-$root/build-deb}" && pwd)
version=$(node -p "require('$root/package.json').version")
architecture=$(dpkg --print-architecture)

[[ -f $root/dist/src/main.js ]] || { echo "Not built yet: run 'npm ci' first." >&2; exit 1; }

stage=$(mktemp -d)
trap 'rm -rf -- "$stage"' EXIT
app=$stage/usr/lib/glassine
mkdir -p "$app/dist" "$stage/usr/bin" "$stage/usr/lib/systemd/user" "$stage/usr/share/doc/glassine" \
  "$stage/DEBIAN"

cp -a "$root/dist/src" "$app/dist/src"
find "$app/dist" -name '*.map' -delete
mkdir -p "$app/build/Release"
cp "$root/build/Release/glassine.node" "$app/build/Release/"

# What runs, without what builds and tests.
node - "$root/package.json" "$app/package.json" <<'JS'
const { readFileSync, writeFileSync } = require('node:fs');
const [from, to] = process.argv.slice(2);
const wanted = JSON.parse(readFileSync(from, 'utf8'));
delete wanted.devDependencies;
delete wanted.scripts;
for (const name of ['cmake-js', 'node-addon-api', 'node-api-headers']) delete wanted.dependencies[name];
writeFileSync(to, JSON.stringify(wanted, null, 2) + '\n');
JS
cp -a "$root/node_modules" "$app/node_modules"
(cd "$app" && npm prune --offline --no-audit --no-fund --ignore-scripts --no-package-lock --silent)
# Sources and intermediate results of compiled packages are of no use where nothing is compiled.
find "$app/node_modules" -depth \( -name obj.target -o -name deps -path '*/better-sqlite3/*' -o -name '*.o' \
  -o -name '*.a' -o -name '*.map' \) -exec rm -rf -- {} +

cp "$root/README.md" "$root/LICENSE" "$stage/usr/share/doc/glassine/"
cp "$root/LICENSE" "$stage/usr/share/doc/glassine/copyright"
cp "$root/systemd/glassine.service" "$stage/usr/lib/systemd/user/"
cat >"$stage/usr/bin/glassine" <<'SH'
#!/bin/sh
exec node /usr/lib/glassine/dist/src/main.js "$@"
SH
chmod 755 "$stage/usr/bin/glassine"

cat >"$stage/DEBIAN/control" <<CONTROL
Package: glassine
Version: $version
Architecture: $architecture
Maintainer: Glassine <glassine@localhost>
Section: utils
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$stage" | cut -f1)
Depends: nodejs (>= 20.19), libc6 (>= 2.31), libstdc++6
Description: keeps every version of every picture folder on every drive
 Watches picture folders, keeps every version of every file on every drive its
 owner has as plain files, proves each copy by reading it back, and gives back
 any moment of the past.
CONTROL

find "$stage" -type d -exec chmod 755 {} +
package=$out/glassine_${version}_${architecture}.deb
dpkg-deb --root-owner-group --build "$stage" "$package" >/dev/null
echo "$package"
