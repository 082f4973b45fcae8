/** Places are found by what they are, wherever their volume is mounted: real folders as mount points. */
import { cp, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Binder, bindPlaces, onVolume, volumeUnder } from '../../src/agent/binding.js';
import { ConfigStore } from '../../src/agent/config-store.js';
import { emptyConfig } from '../../src/agent/config.js';
import type { Config } from '../../src/agent/config.js';
import type { MountedVolume } from '../../src/agent/volumes-now.js';
import type { Problem } from '../../src/base/errors.js';
import { temporaryFolder } from '../support/trees.js';

const id = '11111111-1111-4111-8111-111111111111';
const otherId = '22222222-2222-4222-8222-222222222222';

async function plantVault(folder: string, vaultId = id): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'vault.json'), JSON.stringify({ format: 'glassine-vault', id: vaultId }));
  return folder;
}

function volume(mountPoint: string, uuid?: string): MountedVolume {
  return { mountPoint, mount: `1 ${mountPoint}`, keeps: true, uuid: () => Promise.resolve(uuid) };
}

/** Two mount points, `a` and `b`, and whatever is mounted there. */
async function desk(t: ExecutionContext) {
  const folder = await temporaryFolder(t);
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  await Promise.all([mkdir(a), mkdir(b)]);
  const mounted: MountedVolume[] = [volume('/', 'root'), volume(a, 'A'), volume(b, 'B')];
  const binder = new Binder(() => mounted);
  return { folder, a, b, mounted, binder };
}

const vault = (folder: string) => ({ id, name: 'Blue', folder });

test('a path is on the volume mounted deepest above it', async (t) => {
  const volumes = [volume('/', 'root'), volume('/media/ann', 'A'), volume('/media', 'M')];
  t.is(volumeUnder('/media/ann/Photos', volumes)?.mountPoint, '/media/ann');
  t.is(volumeUnder('/media/anna', volumes)?.mountPoint, '/media');
  t.is(volumeUnder('/media/ann', [])?.mountPoint, undefined);
  t.deepEqual(await onVolume('/media/ann/Photos/2026', volumes), { volume: 'A', inside: 'Photos/2026' });
  t.deepEqual(await onVolume('/media/ann', volumes), { volume: 'A', inside: '' });
});

test('a vault whose marker is nowhere stays where it was, and a stranger is not taken for it', async (t) => {
  const { a, b, binder } = await desk(t);
  await plantVault(join(b, 'Glassine'), otherId);
  const bound = await binder.look({ sources: [], vaults: [vault(join(a, 'Glassine'))] });
  t.deepEqual(bound.vaults, [vault(join(a, 'Glassine'))]);
  t.is(bound.refused.size, 0);
});

test('a vault is found at the root of another volume, and in the folder where it lay', async (t) => {
  const { a, b, binder, mounted } = await desk(t);
  const folder = await plantVault(join(b, 'Glassine'));
  const first = await binder.look({ sources: [], vaults: [vault(join(a, 'Glassine'))] });
  t.like(first.vaults[0], { folder, volume: 'B', inside: 'Glassine' });
  const deep = await plantVault(join(a, 'Backup/2026/Glassine'));
  await rename(join(b, 'Glassine'), join(b, 'old'));
  const set = { ...vault(join(b, 'Backup/2026/Glassine')), inside: 'Backup/2026/Glassine', volume: 'A' };
  mounted.push(volume('/nowhere'));
  const second = await binder.look({ sources: [], vaults: [set] });
  t.like(second.vaults[0], { folder: deep, volume: 'A' });
});

test('two that claim to be one vault are refused by name, and one of them alone is used', async (t) => {
  const { a, b, binder, mounted } = await desk(t);
  const folder = await plantVault(join(a, 'Glassine'));
  const other = await plantVault(join(b, 'Glassine'));
  const places = { sources: [], vaults: [{ ...vault(folder), volume: 'A', inside: 'Glassine' }] };
  const both = await binder.look(places);
  t.deepEqual(both.refused.get(id), { code: 'vault-cloned', subject: 'Blue', facts: { folder, other } });
  t.deepEqual(both.vaults, places.vaults);
  await rename(join(b, 'Glassine'), join(b, 'away'));
  mounted.pop();
  t.is((await binder.look(places)).refused.size, 0);
});

test('a copy on another volume is not taken for the vault while that is away', async (t) => {
  const { a, b, binder } = await desk(t);
  const other = await plantVault(join(b, 'Glassine'));
  const set = { ...vault(join(a, 'Glassine')), volume: 'A', inside: 'Glassine' };
  const bound = await binder.look({ sources: [], vaults: [set] });
  t.deepEqual(bound.refused.get(id), { code: 'vault-cloned', subject: 'Blue', facts: { other } });
  t.deepEqual(bound.vaults, [set]);
});

test('two ways to one file are one vault', async (t) => {
  const { a, b, mounted } = await desk(t);
  await plantVault(join(a, 'Glassine'));
  const twice = [...mounted, volume(join(b, '..', 'a', '.'), 'A')];
  const binder = new Binder(() => twice);
  t.is((await binder.look({ sources: [], vaults: [vault(join(a, 'Glassine'))] })).refused.size, 0);
});

test('a source follows its volume by UUID, and without one it stays', async (t) => {
  const { a, b, binder } = await desk(t);
  await mkdir(join(b, 'Photos'));
  const unknown = { id: otherId, name: 'Others', root: join(a, 'Photos'), inside: 'Photos' };
  const source = { ...unknown, id, volume: 'B' };
  const bound = await binder.look({ sources: [source, unknown], vaults: [] });
  t.is(bound.sources[0]?.root, join(b, 'Photos'));
  t.is(bound.sources[1]?.root, join(a, 'Photos'));
});

test('a source is not guessed: neither between two volumes with one UUID, nor by another path', async (t) => {
  const { a, b, folder, mounted } = await desk(t);
  const twins = [...mounted, volume(join(folder, 'c'), 'B')];
  await Promise.all([mkdir(join(b, 'Photos')), mkdir(join(folder, 'c', 'Photos'), { recursive: true })]);
  const source = { id, name: 'Photos', root: join(a, 'Photos'), volume: 'B', inside: 'Photos' };
  const binder = new Binder(() => twins);
  t.deepEqual((await binder.look({ sources: [source], vaults: [] })).sources, [source]);
  const elsewhere = { ...source, inside: 'Pictures' };
  t.deepEqual((await binder.look({ sources: [elsewhere], vaults: [] })).sources, [elsewhere]);
});

test('nothing is looked at again until something is mounted or set', async (t) => {
  const { a, b, binder, mounted } = await desk(t);
  const places = { sources: [], vaults: [vault(join(a, 'Glassine'))] };
  await binder.look(places);
  const folder = await plantVault(join(b, 'Glassine'));
  t.is((await binder.look(places)).vaults[0]?.folder, join(a, 'Glassine'));
  mounted[2] = { ...volume(b, 'B'), mount: 'anew' };
  t.is((await binder.look(places)).vaults[0]?.folder, folder);
});

test('a volume that hangs holds nobody up, and is asked again', async (t) => {
  const { a, b } = await desk(t);
  await mkdir(join(b, 'Photos'));
  let answer: (uuid: string) => void = () => undefined;
  let asked = 0;
  const hangs = new Promise<string>((resolve) => (answer = resolve));
  const slow = { ...volume(b), uuid: () => ((asked += 1), hangs) };
  const source = { id, name: 'Photos', root: join(a, 'Photos'), volume: 'B', inside: 'Photos' };
  const binder = new Binder(() => [volume(a, 'A'), slow]);
  const places = { sources: [source], vaults: [] };
  t.deepEqual((await binder.look(places, 1)).sources, [source]);
  t.deepEqual((await binder.look(places, 1)).sources, [source]);
  t.is(asked, 1, 'one question waits, however often it is looked');
  answer('B');
  t.is((await binder.look(places, 5000)).sources[0]?.root, join(b, 'Photos'));
});

async function store(t: ExecutionContext, config: Partial<Config>): Promise<ConfigStore> {
  const file = join(await temporaryFolder(t), 'config.json');
  await writeFile(file, JSON.stringify({ ...emptyConfig, ...config }));
  return ConfigStore.open(file);
}

const nothingRefused = (): ReadonlyMap<string, Problem> => new Map();

test('where a place is now is in force at once, and written only when it may be', async (t) => {
  const { a, b, binder } = await desk(t);
  const folder = await plantVault(join(b, 'Glassine'));
  const config = await store(t, { vaults: [vault(join(a, 'Glassine'))] });
  const installation = { config, refused: nothingRefused() };
  await bindPlaces(installation, binder, { write: false });
  t.is(config.current.vaults[0]?.folder, folder);
  t.false(await config.refresh(), 'the file is as it was');
  await config.update((current) => ({ ...current, quietSeconds: 3 }));
  t.is(config.current.vaults[0]?.folder, join(a, 'Glassine'), 'and is right about what it says');
  await bindPlaces(installation, binder, { write: true });
  await config.update((current) => ({ ...current, quietSeconds: 4 }));
  t.like(config.current.vaults[0], { folder, volume: 'B', inside: 'Glassine' });
});

test('a drive that comes to lie inside a source is not used there, and says why', async (t) => {
  const { a, b, binder } = await desk(t);
  await plantVault(join(b, 'Glassine'));
  const source = { id: otherId, name: 'Everything', root: b };
  const config = await store(t, { sources: [source], vaults: [vault(join(a, 'Glassine'))] });
  const installation = { config, refused: nothingRefused() };
  await bindPlaces(installation, binder, { write: true });
  t.is(config.current.vaults[0]?.folder, join(a, 'Glassine'));
  t.is(installation.refused.get(id)?.code, 'vault-inside-source');
});

test('a vault that was copied within one volume is there once more, and told', async (t) => {
  const { a, binder } = await desk(t);
  const folder = await plantVault(join(a, 'Glassine'));
  await cp(folder, join(a, 'Copy/Glassine'), { recursive: true });
  const set = { ...vault(folder), inside: 'Copy/Glassine', volume: 'A' };
  const { refused } = await binder.look({ sources: [], vaults: [set] });
  t.is(refused.get(id)?.code, 'vault-cloned');
});
