/**
 * Plugs of USB devices, as a hint that a volume is about to come. A card that goes into a reader sends none:
 * the volumes themselves are the truth.
 */
import { existsSync } from 'node:fs';

/** Where Linux shows the bus. */
const bus = '/sys/bus/usb';

/** Whether this computer has a USB bus. Elsewhere than on Linux that goes without saying. */
export function hasUsbBus(): boolean {
  return process.platform !== 'linux' || existsSync(bus);
}

export interface PlugListener {
  close(): void;
}

/**
 * Calls `onPlug` for every device that is plugged in. Where there is no bus, nothing is loaded and nothing is
 * ever called. Throws when there is one and the system does not let us listen to it.
 */
export async function listenForUsbPlugs(onPlug: () => void): Promise<PlugListener> {
  if (!hasUsbBus()) return { close: () => undefined };
  // The package's own `addEventListener` throws where nobody can catch it when a bus is closed to us.
  const { Emitter } = await import('usb/index.js');
  const emitter = new Emitter();
  await emitter.addAttach(() => onPlug());
  return {
    close() {
      // When it cannot be ended any more, it has ended.
      emitter.removeAttach().catch(() => undefined);
    },
  };
}
