/**
 * What `run` does where nothing is set yet: it protects the user's pictures at once, and says what is still
 * missing.
 */
import { factsOf, makeFolder } from '../platform/files.js';
import { findPicturesFolder } from '../platform/pictures-folder.js';
import { errnoOf, problem } from '../base/errors.js';
import type { App } from './app.js';
import { addSource } from './verbs/source.js';
import { addVault } from './new-vault.js';
import { printable } from './words.js';

/**
 * Protects the pictures folder into a vault inside our own data folder; returns what to tell. `command` is
 * how this program is called. Throws `target-unwritable` where there is no pictures folder and none can be
 * made.
 */
export async function beginWithPictures(app: App, command: string): Promise<string[]> {
  const { home } = app.installation;
  const pictures = await findPicturesFolder();
  const isNew = (await factsOf(pictures).catch(() => undefined)) === undefined;
  if (isNew) await makePictures(pictures);
  const vault = await addVault(app, home.dataFolder, { name: 'This computer' });
  await addSource(app, pictures, { name: 'Pictures' });
  return [
    `From now on every version of everything in ` +
      `${printable(pictures)}${isNew ? ' (made just now)' : ''} is kept in`,
    `  ${printable(vault.folder)}`,
    'That is on this computer too, so it is not yet a backup: one broken disk takes both.',
    'Plug in a drive and, in another terminal, run:',
    `  ${command} vault add <folder on the drive>`,
    `To protect another folder: ${command} source add <folder>. To stop: Ctrl-C.`,
    '',
  ];
}

async function makePictures(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    throw problem('target-unwritable', folder, { detail: errnoOf(error) ?? '', cause: error });
  }
}
