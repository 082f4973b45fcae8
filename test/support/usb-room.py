"""usb-room.py plug|unplug NAME SERIAL

Makes a USB device appear or go, as the kernel and udev show one: a folder below /sys/bus/usb/devices, then
a message to everybody who listens to udev. For a room of its own only (mount and network namespace, with a
tmpfs at /sys/bus), so that nobody outside hears of it.

The message is libudev's own, version 0xfeedcafe: a header of ten words, then NAME=value, each ended by a
zero. Listeners filter by hashes (murmur 2) of subsystem and device type that are in the header.
"""
import os
import shutil
import socket
import struct
import sys

UEVENT = 15
UDEV_GROUP = 2
HEADER = struct.Struct('=8s8I')
BUS, ADDRESS = 1, 7

DEVICE = {
    'busnum': BUS, 'devnum': ADDRESS, 'idVendor': '0781', 'idProduct': 'cfc9', 'bcdDevice': '0100',
    'version': ' 3.20', 'bDeviceClass': '00', 'bDeviceSubClass': '00', 'bDeviceProtocol': '00',
    'bMaxPacketSize0': 9, 'bConfigurationValue': 1, 'speed': 5000,
    'manufacturer': 'Emulated', 'product': 'Card Reader',
}
STORAGE = {
    'bInterfaceNumber': '00', 'bAlternateSetting': ' 0', 'bNumEndpoints': '02', 'bInterfaceClass': '08',
    'bInterfaceSubClass': '06', 'bInterfaceProtocol': '50',
}


def murmur(text):
    """MurmurHash2, 32 bits, seed 0."""
    data = text.encode()
    value = len(data)
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack('<I', data[:whole]):
        word = word * 0x5BD1E995 & 0xFFFFFFFF
        word = (word ^ word >> 24) * 0x5BD1E995 & 0xFFFFFFFF
        value = value * 0x5BD1E995 & 0xFFFFFFFF ^ word
    if data[whole:]:
        value = (value ^ int.from_bytes(data[whole:], 'little')) * 0x5BD1E995 & 0xFFFFFFFF
    value = (value ^ value >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return value ^ value >> 15


def tell(action, name):
    facts = {
        'ACTION': action, 'DEVPATH': f'/bus/usb/devices/{name}', 'SUBSYSTEM': 'usb',
        'DEVTYPE': 'usb_device', 'BUSNUM': f'{BUS:03}', 'DEVNUM': f'{ADDRESS:03}', 'SEQNUM': '1',
    }
    body = b''.join(f'{key}={value}'.encode() + b'\0' for key, value in facts.items())
    words = (0xFEEDCAFE, HEADER.size, HEADER.size, len(body), murmur('usb'), murmur('usb_device'), 0, 0)
    network = [socket.htonl(word) if at in (0, 4, 5) else word for at, word in enumerate(words)]
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, UEVENT) as line:
        line.bind((0, 0))
        line.sendto(HEADER.pack(b'libudev\0', *network) + body, (0, UDEV_GROUP))


def write(folder, values):
    os.makedirs(folder)
    for name, value in values.items():
        with open(os.path.join(folder, name), 'w') as file:
            file.write(f'{value}\n')


def main(action, name, serial):
    folder = f'/sys/bus/usb/devices/{name}'
    if action == 'plug':
        write(folder, {**DEVICE, 'devpath': name.split('-')[1], 'serial': serial})
        write(f'{folder}/{name}:1.0', STORAGE)
        tell('add', name)
    else:
        shutil.rmtree(folder)
        tell('remove', name)


main(*sys.argv[1:4])
