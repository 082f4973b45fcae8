/** The Debian package: built from this folder, unpacked elsewhere, and the program in it keeps a picture. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { mustRun, run } from '../support/commands.js';
import { projectRoot } from '../support/lying-mount.js';
import { testWith } from '../support/needs.js';
import { differences, plant, temporaryFolder } from '../support/trees.js';

testWith(
  ['dpkg-deb', 'bash'],
  'the Debian package holds a program that works, and nothing that only builds it',
  async (t) => {
    const folder = await temporaryFolder(t);
    const script = path.join(projectRoot, 'installers/linux/build-deb.sh');
    const built = (await mustRun('bash', [script, path.join(folder, 'out')])).trim();
    const root = path.join(folder, 'unpacked');
    await mustRun('dpkg-deb', ['-x', built, root]);
    t.is((await mustRun('dpkg-deb', ['-f', built, 'Package'])).trim(), 'glassine');
    t.regex(await mustRun('dpkg-deb', ['-f', built, 'Depends']), /nodejs \(>= 20\.19\)/);
    t.regex(
      await readFile(path.join(root, 'usr/lib/systemd/user/glassine.service'), 'utf8'),
      /ExecStart=\/usr\/bin\/glassine run/,
    );
    const contents = await mustRun('dpkg-deb', ['-c', built]);
    t.notRegex(contents, /node_modules\/(typescript|ava|eslint|cmake-js)\//);
    t.notRegex(contents, /\.o$/m);
    const main = path.join(root, 'usr/lib/glassine/dist/src/main.js');
    const source = path.join(folder, 'Photos');
    await plant(source, 'IMG_0001.jpg', { bytes: 'a picture' });
    await mkdir(path.join(folder, 'Drive'));
    const env = { GLASSINE_HOME: path.join(folder, 'home') };
    for (const args of [
      ['source', 'add', source, '--name', 'Photos'],
      ['vault', 'add', path.join(folder, 'Drive'), '--name', 'Drive'],
      ['backup'],
    ]) {
      const { status, stdout, stderr } = await run(process.execPath, [main, ...args], { env });
      t.is(status, 0, `${stdout}${stderr}`);
    }
    t.deepEqual(await differences(source, path.join(folder, 'Drive/Glassine/Pictures/Photos')), []);
  },
);
