/** `resume`: what runs by itself runs again. */
import type { App } from '../app.js';
import type { PauseDocument } from '../documents/settings.js';

export async function run(app: App): Promise<PauseDocument> {
  await app.installation.config.update((current) => {
    const resumed = { ...current };
    delete resumed.pausedUntil;
    return resumed;
  });
  app.agent?.settingsChanged();
  return { outcome: 'good', paused: false };
}
