/** Which volume a person means. */
import test from 'ava';
import type { Volume } from '../../src/base/volumes.js';
import { volumeHolding, volumesNamed } from '../../src/rules/named-volume.js';

function volume(mountPoint: string, more: Partial<Volume> = {}): Volume {
  return {
    ...{
      id: mountPoint,
      mountPoint,
      mountPoints: [mountPoint],
      source: `/dev${mountPoint}`,
      readOnly: false,
    },
    ...{ fileSystem: 'exfat', bus: 'usb', removable: true, device: mountPoint, system: false },
    ...more,
  };
}

const root = volume('/', { system: true });
const blue = volume('/media/anna/Blue', { label: 'Blue', uuid: '1A2B-3C4D' });
const card = volume('/media/anna/EOS_DIGITAL', { label: 'EOS_DIGITAL' });
const other = volume('/media/anna/EOS_DIGITAL1', { label: 'EOS_DIGITAL' });
const all = [root, blue, card, other];

const named = (text: string, path = `/home/anna/${text}`): Volume[] => volumesNamed(all, { text, path });

test('what nobody is called fits nothing', (t) => {
  t.deepEqual(named('Green'), []);
  t.deepEqual(named(''), []);
  t.deepEqual(named('/media/anna/Blu', '/media/anna/Blu'), []);
  t.deepEqual(named('inside', '/media/anna/Blue/inside'), [], 'a folder on it is not the volume');
});

test('a label that two cards bear fits both, and the mount point one', (t) => {
  t.deepEqual(named('eos_digital'), [card, other]);
  t.deepEqual(named('EOS_DIGITAL', '/media/anna/EOS_DIGITAL'), [card], 'typed in the folder above');
});

test('a volume is named by its label, UUID, device file or any of its mount points', (t) => {
  t.deepEqual(named('blue'), [blue]);
  t.deepEqual(named('1a2b-3c4d'), [blue]);
  t.deepEqual(named(blue.source), [blue]);
  const twice = volume('/a', { mountPoints: ['/a', '/b'] });
  t.deepEqual(volumesNamed([twice], { text: '/b', path: '/b' }), [twice]);
});

test('a path lies on the volume that is mounted deepest above it', (t) => {
  t.is(volumeHolding(all, '/media/anna/Blue/Glassine'), blue);
  t.is(volumeHolding(all, '/media/anna/Blue'), blue);
  t.is(volumeHolding(all, '/media/anna/Bluebell'), root);
  t.is(volumeHolding([blue], '/media/anna'), undefined);
});
