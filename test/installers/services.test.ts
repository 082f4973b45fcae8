/**
 * What starts Glassine with a session: the systemd unit, the launchd property list, and the scripts that
 * place them.
 */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { mustRun, run, systemPython } from '../support/commands.js';
import { projectRoot } from '../support/lying-mount.js';
import { testWith } from '../support/needs.js';
import { temporaryFolder } from '../support/trees.js';

/** Anything that systemd says about a unit is a failure: it exits with 0 on what it merely warns about. */
async function verifyUnit(t: ExecutionContext, unit: string): Promise<string> {
  const runtime = await temporaryFolder(t);
  await chmod(runtime, 0o700);
  const result = await run('systemd-analyze', ['--user', 'verify', unit], {
    env: { XDG_RUNTIME_DIR: runtime },
  });
  return result.status === 0 ? result.stderr : `${String(result.status)}: ${result.stderr}`;
}

async function unitText(): Promise<string> {
  return await readFile(path.join(projectRoot, 'systemd/glassine.service'), 'utf8');
}

testWith(['systemd-analyze'], 'systemd accepts the unit, and would not accept a wrong one', async (t) => {
  const folder = await temporaryFolder(t);
  const unit = path.join(folder, 'glassine.service');
  const text = (await unitText()).replace('/usr/bin/glassine', '/usr/bin/true');
  await writeFile(unit, text);
  t.is(await verifyUnit(t, unit), '');
  await writeFile(unit, text.replace('Restart=on-failure', 'Restart=now-and-then'));
  t.not(await verifyUnit(t, unit), '');
});

test('the unit restarts after failures and stays out of the way', async (t) => {
  const lines = (await unitText()).split('\n');
  for (const wanted of [
    'Restart=on-failure',
    'IOSchedulingClass=idle',
    'Nice=10',
    'WantedBy=default.target',
  ]) {
    t.true(lines.includes(wanted), wanted);
  }
});

testWith(['python3'], 'the launchd property list is well formed and restarts after failures', async (t) => {
  const list = path.join(projectRoot, 'launchd/app.glassine.agent.plist');
  const script = 'import json,plistlib,sys; print(json.dumps(plistlib.load(open(sys.argv[1],"rb"))))';
  const parsed = JSON.parse(await mustRun(systemPython, ['-c', script, list])) as Record<string, unknown>;
  t.is(parsed['Label'], path.basename(list, '.plist'));
  t.deepEqual(parsed['ProgramArguments'], ['/usr/local/bin/glassine', 'run']);
  t.deepEqual(parsed['KeepAlive'], { SuccessfulExit: false });
  t.is(parsed['RunAtLoad'], true);
  t.is(parsed['ProcessType'], 'Background');
});

test('installing for one user touches only that home, and uninstalling leaves nothing behind', async (t) => {
  const home = path.join(await temporaryFolder(t), 'a home');
  await mkdir(home);
  const script = path.join(projectRoot, 'installers/linux/install-user.sh');
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: '',
    XDG_RUNTIME_DIR: path.join(home, 'none'),
    DBUS_SESSION_BUS_ADDRESS: '',
  };
  const said = await mustRun('sh', [script], { env });
  t.regex(said, /start it with 'glassine run'/);
  const help = await run(path.join(home, '.local/bin/glassine'), ['--help'], {
    env: { GLASSINE_HOME: home },
  });
  t.is(help.status, 0, help.stderr);
  const unit = await readFile(path.join(home, '.config/systemd/user/glassine.service'), 'utf8');
  t.true(unit.includes(`ExecStart="${home}/.local/bin/glassine" run`));
  await mustRun('sh', [script, '--uninstall'], { env });
  const left = await mustRun('find', [home, '-type', 'f']);
  t.is(
    left
      .split('\n')
      .filter((name) => name.endsWith('glassine') || name.endsWith('.service'))
      .join(),
    '',
  );
});

testWith(['systemd-analyze'], 'systemd accepts the unit as it is installed for one user', async (t) => {
  const home = await temporaryFolder(t);
  const script = path.join(projectRoot, 'installers/linux/install-user.sh');
  await mustRun('sh', [script], {
    env: { HOME: home, XDG_CONFIG_HOME: '', XDG_RUNTIME_DIR: path.join(home, 'none') },
  });
  t.is(await verifyUnit(t, path.join(home, '.config/systemd/user/glassine.service')), '');
});
