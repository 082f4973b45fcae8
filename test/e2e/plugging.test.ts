/** Drives that are plugged in and pulled out while the agent runs, on a USB bus of the test's own. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { desk, mainScript } from '../support/glassine.js';
import { loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { startAgent } from '../support/running-agent.js';
import { usbRoom, usbRoomNeeds } from '../support/usb-room.js';

testWith(
  [...volumeNeeds.ext4, ...usbRoomNeeds],
  'a drive that is plugged in gets what it lacks at once, and is missed at once',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 32 << 20, label: 'Blue' });
    const place = await desk(t, { drive: drive.path, fill: (source) => mkdir(path.join(source, '2026')) });
    await writeFile(path.join(place.source, '2026', 'a.jpg'), 'first');
    await place.must('backup');
    await drive.unmount();
    await writeFile(path.join(place.source, '2026', 'b.jpg'), 'second');

    const room = await usbRoom(t);
    const agent = await startAgent(t, {
      ...place,
      command: (...args) => room.inside(process.execPath, mainScript, ...args),
    });
    for (let round = 0; round < 2; round++) {
      const heard = agent.news.length;
      await room.plug('1-1');
      await room.must('mount', '-o', 'loop', drive.image, drive.path);
      const mounted = performance.now();
      await agent.heard(({ kind, connected }) => kind === 'vault' && connected === true, heard);
      const seenMs = performance.now() - mounted;
      await agent.heard(({ kind }) => kind === 'pass', heard);
      t.log(
        `seen ${seenMs.toFixed()} ms after the mount, up to date after ${(performance.now() - mounted).toFixed()} ms`,
      );
      t.true(seenMs < 3000);
      const kept = await room.must('cat', path.join(place.pictures, '2026', 'b.jpg'));
      t.is(kept, 'second');
      await room.unplug('1-1');
      await room.must('umount', drive.path);
      await agent.heard(({ kind, connected }) => kind === 'vault' && connected === false, heard);
    }
    t.is(await agent.end('SIGTERM'), 0);
    t.regex(
      await readFile(path.join(place.home, 'log', 'glassine.log'), 'utf8'),
      /"volume".*"appeared"|"appeared".*"volume"/,
    );
  },
);

testWith(
  ['linux', 'mounting', 'unshare'],
  'without a USB bus the agent runs, and doctor says how cards are found',
  async (t) => {
    const place = await desk(t, { fill: (source) => writeFile(path.join(source, 'a.jpg'), 'a') });
    const inside = [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      'mount -t tmpfs tmpfs /sys/bus && exec "$@"',
    ];
    const agent = await startAgent(t, {
      ...place,
      command: (...args) => ['unshare', ...inside, 'sh', process.execPath, mainScript, ...args],
    });
    const { checks = [] } = (await place.must('doctor')) as {
      checks?: readonly { readonly name: string; readonly sentence: string }[];
    };
    t.is(
      checks.find(({ name }) => name === 'USB')?.sentence,
      'no USB bus: cards are found by looking at volumes',
    );
    t.is(await agent.end('SIGTERM'), 0);
  },
);
