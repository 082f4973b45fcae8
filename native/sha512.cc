// SHA-512: eighty rounds for each block of 128 bytes.
#include "sha512.h"

#include <algorithm>

namespace glassine {

namespace {

constexpr size_t kRounds = 80;

/// The first 64 bits of the fractions of the cube roots of the first eighty primes.
constexpr uint64_t kRound[kRounds] = {
    0x428A2F98D728AE22, 0x7137449123EF65CD, 0xB5C0FBCFEC4D3B2F, 0xE9B5DBA58189DBBC, 0x3956C25BF348B538,
    0x59F111F1B605D019, 0x923F82A4AF194F9B, 0xAB1C5ED5DA6D8118, 0xD807AA98A3030242, 0x12835B0145706FBE,
    0x243185BE4EE4B28C, 0x550C7DC3D5FFB4E2, 0x72BE5D74F27B896F, 0x80DEB1FE3B1696B1, 0x9BDC06A725C71235,
    0xC19BF174CF692694, 0xE49B69C19EF14AD2, 0xEFBE4786384F25E3, 0x0FC19DC68B8CD5B5, 0x240CA1CC77AC9C65,
    0x2DE92C6F592B0275, 0x4A7484AA6EA6E483, 0x5CB0A9DCBD41FBD4, 0x76F988DA831153B5, 0x983E5152EE66DFAB,
    0xA831C66D2DB43210, 0xB00327C898FB213F, 0xBF597FC7BEEF0EE4, 0xC6E00BF33DA88FC2, 0xD5A79147930AA725,
    0x06CA6351E003826F, 0x142929670A0E6E70, 0x27B70A8546D22FFC, 0x2E1B21385C26C926, 0x4D2C6DFC5AC42AED,
    0x53380D139D95B3DF, 0x650A73548BAF63DE, 0x766A0ABB3C77B2A8, 0x81C2C92E47EDAEE6, 0x92722C851482353B,
    0xA2BFE8A14CF10364, 0xA81A664BBC423001, 0xC24B8B70D0F89791, 0xC76C51A30654BE30, 0xD192E819D6EF5218,
    0xD69906245565A910, 0xF40E35855771202A, 0x106AA07032BBD1B8, 0x19A4C116B8D2D0C8, 0x1E376C085141AB53,
    0x2748774CDF8EEB99, 0x34B0BCB5E19B48A8, 0x391C0CB3C5C95A63, 0x4ED8AA4AE3418ACB, 0x5B9CCA4F7763E373,
    0x682E6FF3D6B2B8A3, 0x748F82EE5DEFB2FC, 0x78A5636F43172F60, 0x84C87814A1F0AB72, 0x8CC702081A6439EC,
    0x90BEFFFA23631E28, 0xA4506CEBDE82BDE9, 0xBEF9A3F7B2C67915, 0xC67178F2E372532B, 0xCA273ECEEA26619C,
    0xD186B8C721C0C207, 0xEADA7DD6CDE0EB1E, 0xF57D4F7FEE6ED178, 0x06F067AA72176FBA, 0x0A637DC5A2C898A6,
    0x113F9804BEF90DAE, 0x1B710B35131C471B, 0x28DB77F523047D84, 0x32CAAB7B40C72493, 0x3C9EBE0A15C9BEBC,
    0x431D67C49C100D4C, 0x4CC5D4BECB3E42B6, 0x597F299CFC657E2A, 0x5FCB6FAB3AD6FAEC, 0x6C44198C4A475817,
};

uint64_t rotate(uint64_t word, unsigned bits) { return word >> bits | word << (64U - bits); }

/// Big-endian; compilers make one load of it.
uint64_t load(const uint8_t* from) {
  uint64_t word = 0;
  for (size_t i = 0; i < 8; ++i) word = word << 8U | from[i];
  return word;
}

void store(uint64_t word, uint8_t* to) {
  for (size_t i = 0; i < 8; ++i) to[i] = static_cast<uint8_t>(word >> (56U - 8U * i));
}

/// The sixteen words that the next sixteen rounds take, from the sixteen before.
void schedule(uint64_t* words) {
  for (size_t i = 0; i < 16; ++i) {
    const uint64_t early = words[(i + 1) % 16];
    const uint64_t late = words[(i + 14) % 16];
    words[i] += (rotate(early, 1) ^ rotate(early, 8) ^ early >> 7U) + words[(i + 9) % 16] +
                (rotate(late, 19) ^ rotate(late, 61) ^ late >> 6U);
  }
}

/// One round, with the eight words turned by one place: whoever calls turns their names.
void round(uint64_t a, uint64_t b, uint64_t c, uint64_t* d, uint64_t e, uint64_t f, uint64_t g, uint64_t* h,
           uint64_t word) {
  const uint64_t added = *h + (rotate(e, 14) ^ rotate(e, 18) ^ rotate(e, 41)) + (g ^ (e & (f ^ g))) + word;
  *d += added;
  *h = added + (rotate(a, 28) ^ rotate(a, 34) ^ rotate(a, 39)) + ((a & b) | (c & (a | b)));
}

}  // namespace

void Sha512::take_blocks(const uint8_t* bytes, size_t count) {
  for (; count > 0; --count, bytes += kBlockBytes) {
    uint64_t words[16];
    for (size_t i = 0; i < 16; ++i) words[i] = load(bytes + 8 * i);
    uint64_t a = state_[0];
    uint64_t b = state_[1];
    uint64_t c = state_[2];
    uint64_t d = state_[3];
    uint64_t e = state_[4];
    uint64_t f = state_[5];
    uint64_t g = state_[6];
    uint64_t h = state_[7];
    for (size_t at = 0; at < kRounds; at += 16) {
      if (at > 0) schedule(words);
      for (size_t i = 0; i < 16; i += 8) {
        const uint64_t* const key = kRound + at + i;
        const uint64_t* const word = words + i;
        round(a, b, c, &d, e, f, g, &h, key[0] + word[0]);
        round(h, a, b, &c, d, e, f, &g, key[1] + word[1]);
        round(g, h, a, &b, c, d, e, &f, key[2] + word[2]);
        round(f, g, h, &a, b, c, d, &e, key[3] + word[3]);
        round(e, f, g, &h, a, b, c, &d, key[4] + word[4]);
        round(d, e, f, &g, h, a, b, &c, key[5] + word[5]);
        round(c, d, e, &f, g, h, a, &b, key[6] + word[6]);
        round(b, c, d, &e, f, g, h, &a, key[7] + word[7]);
      }
    }
    const uint64_t added[8] = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; ++i) state_[i] += added[i];
  }
}

void Sha512::update(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  const auto kept = static_cast<size_t>(size_ % kBlockBytes);
  size_ += size;
  if (kept > 0) {
    const size_t part = std::min(kBlockBytes - kept, size);
    std::copy(bytes, bytes + part, rest_ + kept);
    bytes += part;
    size -= part;
    if (kept + part < kBlockBytes) return;
    take_blocks(rest_, 1);
  }
  take_blocks(bytes, size / kBlockBytes);
  std::copy(bytes + size - size % kBlockBytes, bytes + size, rest_);
}

Sha512::Hash Sha512::digest() const {
  Sha512 last = *this;
  // One bit, zeros, and the length in bits as 128 bits: in the last block, or in one more where it is full.
  uint8_t end[2 * kBlockBytes] = {0x80};
  const auto kept = static_cast<size_t>(size_ % kBlockBytes);
  const size_t size = (kept < kBlockBytes - 16 ? kBlockBytes : 2 * kBlockBytes) - kept;
  store(size_ >> 61U, end + size - 16);
  store(size_ << 3U, end + size - 8);
  last.update(end, size);
  Hash hash;
  for (size_t i = 0; i < 8; ++i) store(last.state_[i], hash.data() + 8 * i);
  return hash;
}

}  // namespace glassine
