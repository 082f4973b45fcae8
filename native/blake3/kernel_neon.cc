// BLAKE3's kernel for NEON, which every 64-bit ARM processor has: 4 chunks at a time.
#include "kernel.h"

#if defined(__aarch64__) || defined(_M_ARM64)

#include <arm_neon.h>

#include "compress_portable.h"
#include "lanes.h"

namespace glassine::blake3 {

namespace {

struct Neon {
  using Type = uint32x4_t;
  static constexpr size_t lanes = 4;
  static constexpr size_t most_for_rest = 1;

  static GLASSINE_INLINE Type splat(uint32_t word) { return vdupq_n_u32(word); }
  static GLASSINE_INLINE Type load(const uint32_t* from) { return vld1q_u32(from); }
  static GLASSINE_INLINE Type add(Type a, Type b) { return vaddq_u32(a, b); }
  static GLASSINE_INLINE Type exclusive_or(Type a, Type b) { return veorq_u32(a, b); }

  template <int kBits>
  static GLASSINE_INLINE Type rotate(Type v) {
    if constexpr (kBits == 16) {
      return vreinterpretq_u32_u16(vrev32q_u16(vreinterpretq_u16_u32(v)));
    } else {
      return vsriq_n_u32(vshlq_n_u32(v, 32 - kBits), v, kBits);
    }
  }

  static GLASSINE_INLINE void transpose(Type v[4]) {
    const uint32x4x2_t ab = vtrnq_u32(v[0], v[1]);
    const uint32x4x2_t cd = vtrnq_u32(v[2], v[3]);
    v[0] = vcombine_u32(vget_low_u32(ab.val[0]), vget_low_u32(cd.val[0]));
    v[1] = vcombine_u32(vget_low_u32(ab.val[1]), vget_low_u32(cd.val[1]));
    v[2] = vcombine_u32(vget_high_u32(ab.val[0]), vget_high_u32(cd.val[0]));
    v[3] = vcombine_u32(vget_high_u32(ab.val[1]), vget_high_u32(cd.val[1]));
  }

  static GLASSINE_INLINE void load_blocks(const uint8_t* const starts[4], size_t offset, Type m[16]) {
    for (size_t part = 0; part < 4; ++part) {
      for (size_t lane = 0; lane < 4; ++lane) {
        m[4 * part + lane] = vreinterpretq_u32_u8(vld1q_u8(starts[lane] + offset + 16 * part));
      }
      transpose(m + 4 * part);
    }
  }

  static GLASSINE_INLINE void store_cvs(Type h[8], uint8_t* cvs) {
    transpose(h);
    transpose(h + 4);
    for (size_t lane = 0; lane < 4; ++lane) {
      vst1q_u8(cvs + lane * kHashBytes, vreinterpretq_u8_u32(h[lane]));
      vst1q_u8(cvs + lane * kHashBytes + 16, vreinterpretq_u8_u32(h[lane + 4]));
    }
  }

  static GLASSINE_INLINE void prefetch(const uint8_t* line) {
#if defined(__GNUC__)
    __builtin_prefetch(line, 0, 2);
#else
    __prefetch(line);
#endif
  }
};

void hash_chunks_neon(const uint8_t* chunks, size_t count, const uint32_t key[8], uint64_t counter,
                      uint32_t flags, uint8_t* cvs) {
  const Inputs inputs = {kChunkBytes / kBlockBytes, key, counter, 1, flags, kChunkStart, kChunkEnd};
  const auto rest = [](const uint8_t* first, size_t /*stride*/, size_t left, const Inputs& of, uint8_t* to) {
    hash_chunks_portable(first, left, of.key, of.counter, of.flags, to);
  };
  hash_all<Neon>(chunks, kChunkBytes, count, inputs, cvs, rest);
}

void hash_parents_neon(const uint8_t* children, size_t count, const uint32_t key[8], uint32_t flags,
                       uint8_t* cvs) {
  const Inputs inputs = {1, key, 0, 0, flags | kParent, 0, 0};
  const auto rest = [](const uint8_t* first, size_t /*stride*/, size_t left, const Inputs& of, uint8_t* to) {
    hash_parents_portable(first, left, of.key, of.flags, to);
  };
  hash_all<Neon>(children, kBlockBytes, count, inputs, cvs, rest);
}

}  // namespace

const Kernel kNeonKernel = {
    "neon", 4, compress_portable, compress_blocks_portable, hash_chunks_neon, hash_parents_neon};

}  // namespace glassine::blake3

#endif
