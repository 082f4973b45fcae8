/** The demo: the whole story on pictures made on the spot, told by the real commands. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, toRfc3339 } from '../../base/time.js';
import { entryAt, makeFreshFolder, readRange } from '../../platform/entries.js';
import { makeFolder, namesIn, removeFile, renameFile, writeBytes } from '../../platform/files.js';
import { findHome } from '../../platform/home.js';
import { openLog } from '../../platform/log.js';
import type { Io } from '../cli/io.js';
import { dngOf, jpegOf } from './pictures.js';

/** Runs one command line; the demo is handed it, as the command line starts the demo. */
export type RunCommand = (io: Io) => Promise<number>;

const width = 48 * 12;
const height = 32 * 12;

/**
 * Tells the story; resolves to 0 when every chapter ended as it should, else to 1. Leaves its folder to be
 * looked at.
 */
export async function runDemo(io: Io, run: RunCommand): Promise<number> {
  const folder = await makeFreshFolder(join(tmpdir(), 'glassine-demo-'));
  const demo = new Demo(io, run, folder);
  try {
    await demo.firstBackup();
    await demo.anEdit();
    await demo.aRename();
    await demo.aDeletion();
    await demo.aDriveThatLeaves();
    await demo.aRottenFile();
    demo.say(
      '',
      `That is all. Everything is still in ${folder}`,
      `Look into ${join('Drive', 'Glassine')}: plain folders, which any computer can read without Glassine.`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof UnexpectedEnd)) throw error;
    demo.say('', `The demo did not go as it should: ${error.message}`, `Everything is still in ${folder}`);
    return 1;
  }
}

/** A chapter came out otherwise than it must. */
class UnexpectedEnd extends Error {}

class Demo {
  readonly #pictures: string;
  readonly #drive: string;

  constructor(
    readonly io: Io,
    readonly run: RunCommand,
    readonly folder: string,
  ) {
    this.#pictures = join(folder, 'Pictures');
    this.#drive = join(folder, 'Drive');
  }

  say(...lines: string[]): void {
    for (const line of lines) this.io.out(`${line}\n`);
  }

  async firstBackup(): Promise<void> {
    this.#chapter('A photographer has a folder of pictures and a drive.');
    await makeFolder(this.#drive);
    for (const [at, day] of ['Harbour', 'Wedding'].entries()) {
      const shoot = join(this.#pictures, '2026', day);
      await makeFolder(shoot);
      for (let n = 1; n <= 4; n++) {
        const scene = { seed: at * 10 + n, width, height };
        await writeBytes(join(shoot, `IMG_000${n}.jpg`), await jpegOf(scene));
        if (n <= 2) await writeBytes(join(shoot, `IMG_000${n}.dng`), dngOf(scene));
      }
    }
    await this.#glassine(['source', 'add', 'Pictures', '--name', 'Photos']);
    await this.#glassine(['vault', 'add', 'Drive', '--name', 'Drive']);
    await this.#glassine(['backup']);
    await this.#mustMatch('Pictures', join('Drive', 'Glassine', 'Pictures', 'Photos'));
    this.say(
      '(Every file was read back from the drive and compared. Both folders are the same, byte for byte.)',
    );
  }

  async anEdit(): Promise<void> {
    this.#chapter('She makes a picture brighter. The version before stays.');
    const edited = await jpegOf({ seed: 12, width, height, exposure: 0.7 });
    await writeBytes(join(this.#pictures, '2026', 'Wedding', 'IMG_0002.jpg'), edited);
    await this.#glassine(['backup']);
    await this.#glassine(['history', join('Pictures', '2026', 'Wedding', 'IMG_0002.jpg')]);
  }

  async aRename(): Promise<void> {
    this.#chapter('She gives the folder a better name. Nothing is copied again.');
    const shoots = join(this.#pictures, '2026');
    await renameFile(join(shoots, 'Wedding'), join(shoots, 'Ada and Grace'));
    const told = await this.#glassine(['backup']);
    if (!told.includes('0 bytes copied')) throw new UnexpectedEnd('a rename copied bytes');
  }

  async aDeletion(): Promise<void> {
    this.#chapter('She deletes a picture, and misses it later.');
    const name = join('2026', 'Ada and Grace', 'IMG_0003.jpg');
    const before = await this.#bytes(join(this.#pictures, name));
    const moment = toRfc3339(systemClock.now());
    await removeFile(join(this.#pictures, name));
    await this.#glassine(['backup']);
    await this.#glassine([
      'restore',
      `Photos/${name.replaceAll('\\', '/')}`,
      '--at',
      moment,
      '--to',
      'Restored',
    ]);
    const after = await this.#bytes(join(this.folder, 'Restored', 'IMG_0003.jpg'));
    if (!before.equals(after)) throw new UnexpectedEnd('the restored picture is another');
    this.say('(It is the picture she deleted, byte for byte.)');
  }

  async aDriveThatLeaves(): Promise<void> {
    this.#chapter('She leaves the drive at home and takes more pictures.');
    const away = join(this.folder, 'Drive (at home)');
    await renameFile(this.#drive, away);
    const shoot = join(this.#pictures, '2026', 'Travel');
    await makeFolder(shoot);
    await writeBytes(join(shoot, 'IMG_0101.jpg'), await jpegOf({ seed: 31, width, height }));
    await writeBytes(join(shoot, 'IMG_0101.dng'), dngOf({ seed: 31, width, height }));
    await this.#glassine(['backup'], 3);
    this.say('', 'Back home the drive gets what it missed, and nothing else:');
    await renameFile(away, this.#drive);
    await this.#glassine(['backup']);
    await this.#mustMatch('Pictures', join('Drive', 'Glassine', 'Pictures', 'Photos'));
  }

  async aRottenFile(): Promise<void> {
    this.#chapter('Years pass. On the drive one bit of one picture has flipped.');
    const kept = join(this.#drive, 'Glassine', 'Pictures', 'Photos', '2026', 'Harbour', 'IMG_0001.dng');
    const bytes = await this.#bytes(kept);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeBytes(kept, bytes);
    const told = await this.#glassine(['verify'], 1);
    if (!told.includes('IMG_0001.dng')) throw new UnexpectedEnd('the damaged picture was not named');
    this.say('', 'Any program would still open it. The drive would never have told. And now:');
    await this.#glassine(['status'], 1);
  }

  #chapter(title: string): void {
    this.say('', `-- ${title}`);
  }

  /** Runs a command as it would be typed, shows what it says, and insists on how it ends. */
  async #glassine(args: readonly string[], expected = 0): Promise<string> {
    const typed = args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg)).join(' ');
    this.say('', `$ glassine ${typed}`);
    const home = findHome({ ...process.env, GLASSINE_HOME: join(this.folder, 'home') });
    let told = '';
    const hear = (text: string) => {
      told += text;
      this.io.out(text.replace(/^(?=.)/gm, '  '));
    };
    const parts = async () => ({ ...(await this.io.parts()), home, log: openLog(home.logFile) });
    const err = (text: string) => {
      if (!text.includes('%')) hear(text);
    };
    const code = await this.run({
      ...this.io,
      args,
      folder: this.folder,
      home,
      out: hear,
      err,
      parts,
      command: 'glassine',
    });
    if (code !== expected)
      throw new UnexpectedEnd(`"glassine ${typed}" ended with ${code} and not ${expected}`);
    return told;
  }

  async #mustMatch(left: string, right: string, below = ''): Promise<void> {
    const names = await namesIn(join(this.folder, left, below));
    const others = await namesIn(join(this.folder, right, below));
    if (names.sort().join('\n') !== others.sort().join('\n'))
      throw new UnexpectedEnd(`${below} is not the same`);
    for (const name of names) {
      const inside = join(below, name);
      const facts = await entryAt(join(this.folder, left, inside));
      if (facts?.kind === 'folder') await this.#mustMatch(left, right, inside);
      else if (
        !(await this.#bytes(join(this.folder, left, inside))).equals(
          await this.#bytes(join(this.folder, right, inside)),
        )
      ) {
        throw new UnexpectedEnd(`${inside} is not the same`);
      }
    }
  }

  async #bytes(file: string): Promise<Buffer> {
    return readRange(file, 0, (await entryAt(file))?.bytes ?? 0);
  }
}
