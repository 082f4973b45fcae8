/** Volumes that come, go and are pulled out while it is watched, on real ones. */
import { once } from 'node:events';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../src/base/time.js';
import type { Clock } from '../../src/base/time.js';
import type { Volume, VolumeEvent } from '../../src/base/volumes.js';
import { LinuxVolumes } from '../../src/platform/volume-list.js';
import { VolumeWatcher } from '../../src/platform/volume-watch.js';
import type { ListenForPlugs } from '../../src/platform/volume-watch.js';
import { lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { exfatMount, loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';

/** The real table, and what is asked of it. */
class CountedTable extends LinuxVolumes {
  texts = 0;
  lists = 0;
  readonly #looks = new EventTarget();

  override text(): string {
    this.texts++;
    this.#looks.dispatchEvent(new Event('look'));
    return super.text();
  }

  override list(): Promise<Volume[]> {
    this.lists++;
    return super.list();
  }

  /** Resolves after so many more readings of the text. */
  async moreTexts(count: number): Promise<void> {
    for (const enough = this.texts + count; this.texts < enough;) await once(this.#looks, 'look');
  }
}

interface Watched {
  readonly watcher: VolumeWatcher;
  readonly table: CountedTable;
  readonly events: readonly VolumeEvent[];
  /** Resolves with how long after `since` it was told. */
  readonly told: (kind: VolumeEvent['kind'], mountPoint: string, since?: number) => Promise<number>;
}

interface WatchOptions {
  readonly clock?: Clock;
  readonly listenForPlugs?: ListenForPlugs;
}

async function watch(t: ExecutionContext, options: WatchOptions = {}): Promise<Watched> {
  const table = new CountedTable();
  const watcher = new VolumeWatcher({ clock: systemClock, table, ...options });
  const events: VolumeEvent[] = [];
  const heard = new EventTarget();
  t.teardown(() => watcher.stop());
  await watcher.start((event) => {
    events.push(event);
    heard.dispatchEvent(new Event('told'));
  });
  return {
    watcher,
    table,
    events,
    async told(kind, mountPoint, since = performance.now()) {
      const isIt = (event: VolumeEvent): boolean =>
        event.kind === kind && event.volume.mountPoint === mountPoint;
      while (!events.some(isIt)) await once(heard, 'told');
      return performance.now() - since;
    },
  };
}

/** Half a second and what a loaded machine may add. */
const soonMs = 1500;

testWith(volumeNeeds.ext4, 'a drive that comes and goes is told once each time, soon after', async (t) => {
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20, label: 'Blue' });
  await drive.unmount();
  const { told, events, watcher } = await watch(t);
  await drive.mount();
  const cameMs = await told('appeared', drive.path);
  t.is(events.find(({ kind }) => kind === 'appeared')?.volume.label, 'Blue');
  t.true(watcher.volumes.some(({ mountPoint }) => mountPoint === drive.path));
  await drive.unmount();
  const wentMs = await told('vanished', drive.path);
  t.false(watcher.volumes.some(({ mountPoint }) => mountPoint === drive.path));
  t.log(`came after ${cameMs.toFixed()} ms, went after ${wentMs.toFixed()} ms`);
  t.true(cameMs < soonMs && wentMs < soonMs);
  t.is(events.filter(({ volume }) => volume.mountPoint === drive.path).length, 2);
});

testWith(volumeNeeds.ext4, 'what is there at the start is known and not told', async (t) => {
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
  const { events, watcher, table } = await watch(t);
  t.true(watcher.volumes.some(({ mountPoint }) => mountPoint === drive.path));
  await table.moreTexts(2);
  t.false(events.some(({ volume }) => volume.mountPoint === drive.path));
});

testWith(volumeNeeds.ext4, 'while nothing is mounted or unmounted, no volume is listed anew', async (t) => {
  const { table } = await watch(t);
  // Other tests mount theirs meanwhile: the text says whether they did.
  for (let quiet = 0, round = 0; quiet < 3 && round < 40; round++) {
    const [text, lists] = [table.text(), table.lists];
    await table.moreTexts(1);
    if (table.text() !== text) continue;
    quiet++;
    t.true(table.lists - lists <= 1);
  }
  t.true(table.lists < table.texts);
});

for (const [fs, needs] of [
  ['xfs', volumeNeeds.xfs],
  ['ext4', [...volumeNeeds.ext4, 'ext4-tells']],
] as const) {
  testWith(needs, `a drive with ${fs} that is pulled out is told though it is still listed`, async (t) => {
    const drive = await loopImage(t, { fs, sizeBytes: 330 << 20 });
    const { told } = await watch(t);
    const since = performance.now();
    await drive.shutdown();
    const ms = await told('vanished', drive.path, since);
    t.log(`after ${ms.toFixed()} ms`);
    t.true(ms < soonMs);
    t.true(drive.mounted);
  });
}

testWith(volumeNeeds.exfat, 'a card whose server has died is told though it is still listed', async (t) => {
  const card = await exfatMount(t, { sizeBytes: 32 << 20, label: 'EOS_DIGITAL' });
  const { told, events, watcher, table } = await watch(t);
  // A name that was told late is there after another look.
  while (!watcher.volumes.some(({ label }) => label === 'EOS_DIGITAL')) await table.moreTexts(2);
  const since = performance.now();
  await card.shutdown();
  const ms = await told('vanished', card.path, since);
  t.log(`after ${ms.toFixed()} ms`);
  t.true(ms < soonMs);
  t.is(events.find(({ kind }) => kind === 'vanished')?.volume.label, 'EOS_DIGITAL');
});

testWith(
  [...lyingNeeds, ...volumeNeeds.ext4],
  'while one volume hangs, others are noticed as before, and it is not called gone',
  async (t) => {
    const slow = await lyingMount(t);
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
    await drive.unmount();
    const { told, events } = await watch(t);
    await slow.whileItHangs(async () => {
      await drive.mount();
      t.true((await told('appeared', drive.path)) < soonMs + 300);
      await drive.unmount();
      t.true((await told('vanished', drive.path)) < soonMs + 300);
    });
    t.false(events.some(({ volume }) => volume.mountPoint === slow.path));
    await slow.kill();
    await told('vanished', slow.path);
  },
);

testWith(['linux'], 'a plug is a hint: it looks at once, and often for ten seconds', async (t) => {
  let now = 1_000_000;
  let plug: () => void = () => undefined;
  let closed = false;
  const listenForPlugs: ListenForPlugs = async (onPlug) => {
    plug = onPlug;
    return { close: () => (closed = true) };
  };
  const { watcher, table } = await watch(t, { clock: { now: () => now }, listenForPlugs });
  const slow = performance.now();
  await table.moreTexts(3);
  const slowMs = performance.now() - slow;
  plug();
  const quick = performance.now();
  await table.moreTexts(3);
  const quickMs = performance.now() - quick;
  t.log(`three looks in ${slowMs.toFixed()} ms, after a plug in ${quickMs.toFixed()} ms`);
  t.true(quickMs < slowMs);
  now += 10_000;
  await table.moreTexts(1);
  const after = performance.now();
  await table.moreTexts(2);
  t.true(performance.now() - after > 400, 'and then as before');
  await watcher.stop();
  t.true(closed);
});

testWith(['linux'], 'where plugs cannot be listened to, volumes are watched all the same', async (t) => {
  const listenForPlugs: ListenForPlugs = async () => Promise.reject(new Error('no such thing'));
  const { table, watcher } = await watch(t, { listenForPlugs });
  t.true(watcher.volumes.length > 0);
  await table.moreTexts(2);
});

testWith(['linux'], 'a table that cannot be read once is read again', async (t) => {
  class Failing extends LinuxVolumes {
    reads = 0;
    override text(): string {
      if (this.reads++ === 0) throw new Error('not now');
      return super.text();
    }
  }
  const watcher = new VolumeWatcher({ clock: systemClock, table: new Failing() });
  t.teardown(() => watcher.stop());
  const told = new Promise<VolumeEvent>((resolve) => void watcher.start(resolve));
  t.is((await told).kind, 'appeared');
});

test('a watcher that never began can be stopped', async (t) => {
  await t.notThrowsAsync(new VolumeWatcher({ clock: systemClock }).stop());
});
