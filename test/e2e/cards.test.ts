/** Cards that come while the agent runs, on a USB bus of the test's own. */
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { layCard, layouts } from '../support/cards.js';
import { glassineAt, mainScript } from '../support/glassine.js';
import type { Glassine } from '../support/glassine.js';
import { exfatMount, loopImage, volumeNeeds } from '../support/mounts.js';
import type { TestVolume } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { startAgent } from '../support/running-agent.js';
import { temporaryFolder } from '../support/trees.js';
import { usbRoom, usbRoomNeeds } from '../support/usb-room.js';
import type { UsbRoom } from '../support/usb-room.js';

const needs = [...new Set([...volumeNeeds.ext4, ...volumeNeeds.exfat, ...usbRoomNeeds])];

interface Studio extends Glassine {
  readonly room: UsbRoom;
  /** Two drives to copy to. */
  readonly drives: readonly [TestVolume, TestVolume];
  /** Plugs a reader with a card in, and mounts that. */
  plug(card: TestVolume): Promise<void>;
  unplug(card: TestVolume): Promise<void>;
}

async function studio(t: ExecutionContext): Promise<Studio> {
  const drives = [
    await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20, label: 'One' }),
    await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20, label: 'Two' }),
  ] as const;
  const glassine = glassineAt(path.join(await temporaryFolder(t), 'home'));
  const room = await usbRoom(t);
  return {
    ...{ ...glassine, room, drives },
    command: (...args) => room.inside(process.execPath, mainScript, ...args),
    async plug(card) {
      await room.plug('1-1');
      await room.must(
        'sh',
        '-c',
        'mount.exfat-fuse $(losetup --find --show "$1") "$2"',
        'sh',
        card.image,
        card.path,
      );
    },
    async unplug(card) {
      const device = (
        await room.must('losetup', '--noheadings', '--output', 'NAME', '--associated', card.image)
      ).trim();
      await room.unplug('1-1');
      await room.must('umount', card.path);
      await room.must('losetup', '-d', device);
    },
  };
}

async function canonCard(t: ExecutionContext): Promise<TestVolume> {
  const card = await exfatMount(t, { sizeBytes: 64 << 20, label: 'EOS_DIGITAL' });
  await layCard(card.path, layouts.canon);
  await card.unmount();
  return card;
}

testWith(
  needs,
  'a card that comes is copied by itself to every drive, and is then safe to format',
  async (t) => {
    const place = await studio(t);
    const [one, two] = place.drives;
    await place.must('cards', 'set', '--rule', 'always', '--to', one.path, '--to', two.path);
    const card = await canonCard(t);
    const agent = await startAgent(t, place);
    for (const copied of [7, 0]) {
      const heard = agent.news.length;
      await place.plug(card);
      const mounted = performance.now();
      const begun = await agent.heard(({ kind }) => kind === 'card', heard);
      t.log(`the ingest began ${(performance.now() - mounted).toFixed()} ms after the mount`);
      t.like(begun, { name: 'mount', maker: 'Canon', mountPoint: card.path, doing: 'ingest' });
      const done = await agent.heard(({ kind }) => kind === 'ingested', heard);
      t.like(done, { outcome: 'good', copied, verdict: { safe: true, sentence: 'Safe to format.' } });
      if (copied === 0) break;
      for (const { path: drive } of place.drives) {
        const job = path.join(drive, done.job ?? '');
        await place.room.must('diff', '-r', card.path, path.join(job, 'mount'));
        await place.room.must('sh', '-c', 'cd "$1" && b3sum --check --quiet BLAKE3SUMS*', 'sh', job);
      }
      await place.unplug(card);
    }
    t.is(await agent.end('SIGTERM'), 0);
    await place.unplug(card);
  },
);

testWith(needs, 'what a drive lacks that was away is copied to it when it comes', async (t) => {
  const place = await studio(t);
  const [one, two] = place.drives;
  await place.must('cards', 'set', '--rule', 'always', '--to', one.path, '--to', two.path);
  const card = await canonCard(t);
  await place.room.must('umount', two.path);
  const agent = await startAgent(t, place);
  await place.plug(card);
  const half = await agent.heard(({ kind }) => kind === 'ingested');
  t.like(half, { outcome: 'incomplete', copied: 7, verdict: { safe: false } });
  t.true(agent.news.some(({ code }) => code === 'destination-away'));
  t.is(await place.room.must('ls', two.path), '', 'nothing is written to the bare mount point');
  const { needs: held = [] } = (await place.ask('status')).document;
  t.regex(
    held.find(({ code }) => code === 'card-not-safe')?.sentence ?? '',
    /^The card mount: Do not format it yet/,
  );

  const heard = agent.news.length;
  await place.room.must('mount', '-o', 'loop', two.image, two.path);
  const whole = await agent.heard(({ kind }) => kind === 'ingested', heard);
  t.like(whole, { outcome: 'good', copied: 7, verdict: { safe: true } });
  t.false((await place.ask('status')).document.needs?.some(({ code }) => code === 'card-not-safe'));
  await place.room.must('diff', '-r', card.path, path.join(two.path, whole.job ?? '', 'mount'));
  t.is(await agent.end('SIGTERM'), 0);
  await place.unplug(card);
});

testWith(needs, 'a card is only told of until its owner says that it is to be copied', async (t) => {
  const place = await studio(t);
  const [one, two] = place.drives;
  const refused = await place.ask('cards', 'set', '--rule', 'always');
  t.is(refused.status, 64);
  t.is(refused.document.problem?.code, 'no-destination');
  await place.must('cards', 'set', '--to', one.path, '--to', two.path);
  const card = await canonCard(t);
  const agent = await startAgent(t, place);
  await place.plug(card);
  t.is((await agent.heard(({ kind }) => kind === 'card')).doing, 'ask');
  const unknown = await place.ask('cards', 'set', 'NO SUCH CARD', '--rule', 'never');
  t.is(unknown.document.problem?.code, 'card-unknown');
  await place.must('pause');
  await place.must('cards', 'set', '--rule', 'always');
  await agent.heard(({ kind, doing }) => kind === 'card' && doing === 'wait');
  t.is(await place.room.must('ls', '--hide', 'lost+found', one.path), '');
  await place.must('resume');
  const done = await agent.heard(({ kind }) => kind === 'ingested');
  t.like(done, { outcome: 'good', verdict: { safe: true } });
  const heard = agent.news.length;
  const third = await temporaryFolder(t);
  await place.must('cards', 'set', '--to', one.path, '--to', two.path, '--to', third);
  const more = await agent.heard(({ kind }) => kind === 'ingested', heard);
  t.like(more, { outcome: 'good', copied: 7, job: done.job });
  t.is(await agent.end('SIGTERM'), 0);
  await place.unplug(card);
});
