/** `resume`: what runs by itself runs again. */
import type { App } from '../app.js';
import type { Args } from '../args.js';
import type { PauseDocument } from '../documents/settings.js';

export async function run(app: App, _args: Args): Promise<PauseDocument> {
  await app.installation.config.update(({ pausedUntil: _, ...current }) => current);
  app.agent?.settingsChanged();
  return { outcome: 'good', paused: false };
}
