// BLAKE3's compression in plain C++, for machines without a vector kernel and for the ends of the others'
// work.
#include "compress_portable.h"

#include <algorithm>

namespace glassine::blake3 {

namespace {

inline uint32_t load_word(const uint8_t* from) {
  return static_cast<uint32_t>(from[0]) | static_cast<uint32_t>(from[1]) << 8U |
         static_cast<uint32_t>(from[2]) << 16U | static_cast<uint32_t>(from[3]) << 24U;
}

inline void store_word(uint32_t word, uint8_t* to) {
  to[0] = static_cast<uint8_t>(word);
  to[1] = static_cast<uint8_t>(word >> 8U);
  to[2] = static_cast<uint8_t>(word >> 16U);
  to[3] = static_cast<uint8_t>(word >> 24U);
}

inline uint32_t rotate(uint32_t word, unsigned bits) { return word >> bits | word << (32U - bits); }

inline void mix(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d, uint32_t x, uint32_t y) {
  a += b + x;
  d = rotate(d ^ a, 16);
  c += d;
  b = rotate(b ^ c, 12);
  a += b + y;
  d = rotate(d ^ a, 8);
  c += d;
  b = rotate(b ^ c, 7);
}

}  // namespace

void compress_portable(const uint32_t cv[8], const uint8_t block[kBlockBytes], uint32_t block_size,
                       uint64_t counter, uint32_t flags, uint32_t out[16]) {
  uint32_t m[16];
  for (size_t i = 0; i < 16; ++i) m[i] = load_word(block + 4 * i);
  uint32_t s[16] = {cv[0],
                    cv[1],
                    cv[2],
                    cv[3],
                    cv[4],
                    cv[5],
                    cv[6],
                    cv[7],
                    kInitialWords[0],
                    kInitialWords[1],
                    kInitialWords[2],
                    kInitialWords[3],
                    static_cast<uint32_t>(counter),
                    static_cast<uint32_t>(counter >> 32U),
                    block_size,
                    flags};
  for (const auto& order : kSchedule) {
    mix(s[0], s[4], s[8], s[12], m[order[0]], m[order[1]]);
    mix(s[1], s[5], s[9], s[13], m[order[2]], m[order[3]]);
    mix(s[2], s[6], s[10], s[14], m[order[4]], m[order[5]]);
    mix(s[3], s[7], s[11], s[15], m[order[6]], m[order[7]]);
    mix(s[0], s[5], s[10], s[15], m[order[8]], m[order[9]]);
    mix(s[1], s[6], s[11], s[12], m[order[10]], m[order[11]]);
    mix(s[2], s[7], s[8], s[13], m[order[12]], m[order[13]]);
    mix(s[3], s[4], s[9], s[14], m[order[14]], m[order[15]]);
  }
  for (size_t i = 0; i < 8; ++i) {
    const uint32_t upper = s[i + 8];
    out[i + 8] = upper ^ cv[i];
    out[i] = s[i] ^ upper;
  }
}

void compress_blocks_portable(uint32_t cv[8], const uint8_t* blocks, size_t count, uint64_t counter,
                              uint32_t flags, uint32_t first_flags) {
  uint32_t out[16];
  for (size_t i = 0; i < count; ++i) {
    compress_portable(cv, blocks + i * kBlockBytes, kBlockBytes, counter, flags | (i == 0 ? first_flags : 0U),
                      out);
    std::copy(out, out + 8, cv);
  }
}

void hash_chunks_portable(const uint8_t* chunks, size_t count, const uint32_t key[8], uint64_t counter,
                          uint32_t flags, uint8_t* cvs) {
  constexpr size_t kBlocks = kChunkBytes / kBlockBytes;
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* chunk = chunks + i * kChunkBytes;
    uint32_t cv[8];
    std::copy(key, key + 8, cv);
    compress_blocks_portable(cv, chunk, kBlocks - 1, counter + i, flags, kChunkStart);
    uint32_t out[16];
    compress_portable(cv, chunk + (kBlocks - 1) * kBlockBytes, kBlockBytes, counter + i, flags | kChunkEnd,
                      out);
    for (size_t w = 0; w < 8; ++w) store_word(out[w], cvs + i * kHashBytes + 4 * w);
  }
}

void hash_parents_portable(const uint8_t* children, size_t count, const uint32_t key[8], uint32_t flags,
                           uint8_t* cvs) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t out[16];
    compress_portable(key, children + i * kBlockBytes, kBlockBytes, 0, flags | kParent, out);
    for (size_t w = 0; w < 8; ++w) store_word(out[w], cvs + i * kHashBytes + 4 * w);
  }
}

const Kernel kPortableKernel = {
    "portable", 1, compress_portable, compress_blocks_portable, hash_chunks_portable, hash_parents_portable};

}  // namespace glassine::blake3
