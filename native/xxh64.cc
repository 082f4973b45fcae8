// XXH64: four lanes of 64 bits take stripes of 32 bytes; what is left at the end is mixed in word by word.
#include "xxh64.h"

#include <algorithm>
#include <cstring>

namespace glassine {

namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5;

uint64_t rotate(uint64_t word, unsigned bits) { return word << bits | word >> (64U - bits); }

/// Little-endian; compilers make one load of it.
template <size_t kBytes>
uint64_t load(const uint8_t* from) {
  uint64_t word = 0;
  for (size_t i = 0; i < kBytes; ++i) word |= static_cast<uint64_t>(from[i]) << (8U * i);
  return word;
}

uint64_t mix(uint64_t lane, uint64_t word) { return rotate(lane + word * kPrime2, 31) * kPrime1; }

}  // namespace

Xxh64::Xxh64(uint64_t seed)
    : seed_(seed), lanes_{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1} {}

void Xxh64::take_stripes(const uint8_t* bytes, size_t count) {
  uint64_t a = lanes_[0];
  uint64_t b = lanes_[1];
  uint64_t c = lanes_[2];
  uint64_t d = lanes_[3];
  for (; count > 0; --count, bytes += kStripeBytes) {
    a = mix(a, load<8>(bytes));
    b = mix(b, load<8>(bytes + 8));
    c = mix(c, load<8>(bytes + 16));
    d = mix(d, load<8>(bytes + 24));
  }
  lanes_[0] = a;
  lanes_[1] = b;
  lanes_[2] = c;
  lanes_[3] = d;
}

void Xxh64::update(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  const auto kept = static_cast<size_t>(size_ % kStripeBytes);
  size_ += size;
  if (kept > 0) {
    const size_t part = std::min(kStripeBytes - kept, size);
    std::copy(bytes, bytes + part, rest_ + kept);
    bytes += part;
    size -= part;
    if (kept + part < kStripeBytes) return;
    take_stripes(rest_, 1);
  }
  take_stripes(bytes, size / kStripeBytes);
  std::copy(bytes + size - size % kStripeBytes, bytes + size, rest_);
}

uint64_t Xxh64::digest() const {
  uint64_t hash = seed_ + kPrime5;
  if (size_ >= kStripeBytes) {
    hash = rotate(lanes_[0], 1) + rotate(lanes_[1], 7) + rotate(lanes_[2], 12) + rotate(lanes_[3], 18);
    for (const uint64_t lane : lanes_) hash = (hash ^ mix(0, lane)) * kPrime1 + kPrime4;
  }
  hash += size_;
  const uint8_t* at = rest_;
  size_t left = size_ % kStripeBytes;
  for (; left >= 8; left -= 8, at += 8) hash = rotate(hash ^ mix(0, load<8>(at)), 27) * kPrime1 + kPrime4;
  for (; left >= 4; left -= 4, at += 4) hash = rotate(hash ^ load<4>(at) * kPrime1, 23) * kPrime2 + kPrime3;
  for (; left > 0; --left, ++at) hash = rotate(hash ^ *at * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 33U) * kPrime2;
  hash = (hash ^ hash >> 29U) * kPrime3;
  return hash ^ hash >> 32U;
}

}  // namespace glassine
