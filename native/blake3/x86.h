// The vectors of x86-64 for the kernel template, and the compression of one block in the rows of a 4 by 4
// square. The file that includes this says first what it is compiled for: GLASSINE_LANES 4, 8 or 16, and
// GLASSINE_ROTATES where one instruction rotates (AVX-512).
#pragma once

// GCC 12 warns of the "undefined" vectors in its own header (its bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include "lanes.h"

namespace glassine::blake3 {

namespace {

struct Lines {
  static GLASSINE_INLINE void prefetch(const uint8_t* line) {
    _mm_prefetch(reinterpret_cast<const char*>(line), _MM_HINT_T1);
  }
};

struct Four : Lines {
  using Type = __m128i;
  static constexpr size_t lanes = 4;
  static constexpr size_t most_for_rest = 1;

  static GLASSINE_INLINE Type splat(uint32_t word) { return _mm_set1_epi32(static_cast<int>(word)); }
  static GLASSINE_INLINE Type load(const void* from) {
    return _mm_loadu_si128(static_cast<const Type*>(from));
  }
  static GLASSINE_INLINE void store(Type v, void* to) { _mm_storeu_si128(static_cast<Type*>(to), v); }
  static GLASSINE_INLINE Type add(Type a, Type b) { return _mm_add_epi32(a, b); }
  static GLASSINE_INLINE Type exclusive_or(Type a, Type b) { return _mm_xor_si128(a, b); }

  template <int kBits>
  static GLASSINE_INLINE Type rotate(Type v) {
#ifdef GLASSINE_ROTATES
    return _mm_ror_epi32(v, kBits);
#else
    if constexpr (kBits == 16) {
      return _mm_shuffle_epi8(v, _mm_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
    } else if constexpr (kBits == 8) {
      return _mm_shuffle_epi8(v, _mm_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1));
    } else {
      return _mm_or_si128(_mm_srli_epi32(v, kBits), _mm_slli_epi32(v, 32 - kBits));
    }
#endif
  }

  static GLASSINE_INLINE void transpose(Type& a, Type& b, Type& c, Type& d) {
    const Type ab_low = _mm_unpacklo_epi32(a, b);
    const Type ab_high = _mm_unpackhi_epi32(a, b);
    const Type cd_low = _mm_unpacklo_epi32(c, d);
    const Type cd_high = _mm_unpackhi_epi32(c, d);
    a = _mm_unpacklo_epi64(ab_low, cd_low);
    b = _mm_unpackhi_epi64(ab_low, cd_low);
    c = _mm_unpacklo_epi64(ab_high, cd_high);
    d = _mm_unpackhi_epi64(ab_high, cd_high);
  }

  static GLASSINE_INLINE void load_blocks(const uint8_t* const starts[4], size_t offset, Type m[16]) {
    for (size_t part = 0; part < 4; ++part) {
      for (size_t lane = 0; lane < 4; ++lane) m[4 * part + lane] = load(starts[lane] + offset + 16 * part);
      transpose(m[4 * part], m[4 * part + 1], m[4 * part + 2], m[4 * part + 3]);
    }
  }

  static GLASSINE_INLINE void store_cvs(Type h[8], uint8_t* cvs) {
    transpose(h[0], h[1], h[2], h[3]);
    transpose(h[4], h[5], h[6], h[7]);
    for (size_t lane = 0; lane < 4; ++lane) {
      store(h[lane], cvs + lane * kHashBytes);
      store(h[lane + 4], cvs + lane * kHashBytes + 16);
    }
  }
};

#if GLASSINE_LANES >= 8
struct Eight : Lines {
  using Type = __m256i;
  static constexpr size_t lanes = 8;
  static constexpr size_t most_for_rest = 4;

  static GLASSINE_INLINE Type splat(uint32_t word) { return _mm256_set1_epi32(static_cast<int>(word)); }
  static GLASSINE_INLINE Type load(const void* from) {
    return _mm256_loadu_si256(static_cast<const Type*>(from));
  }
  static GLASSINE_INLINE void store(Type v, void* to) { _mm256_storeu_si256(static_cast<Type*>(to), v); }
  static GLASSINE_INLINE Type add(Type a, Type b) { return _mm256_add_epi32(a, b); }
  static GLASSINE_INLINE Type exclusive_or(Type a, Type b) { return _mm256_xor_si256(a, b); }

  template <int kBits>
  static GLASSINE_INLINE Type rotate(Type v) {
#ifdef GLASSINE_ROTATES
    return _mm256_ror_epi32(v, kBits);
#else
    if constexpr (kBits == 16) {
      return _mm256_shuffle_epi8(v, _mm256_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2, 13,
                                                    12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
    } else if constexpr (kBits == 8) {
      return _mm256_shuffle_epi8(v, _mm256_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1, 12,
                                                    15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1));
    } else {
      return _mm256_or_si256(_mm256_srli_epi32(v, kBits), _mm256_slli_epi32(v, 32 - kBits));
    }
#endif
  }

  /// Eight rows of eight words: row r, column c becomes row c, column r.
  static GLASSINE_INLINE void transpose(Type v[8]) {
    Type pairs[8];
    for (size_t i = 0; i < 8; i += 2) {
      pairs[i] = _mm256_unpacklo_epi32(v[i], v[i + 1]);
      pairs[i + 1] = _mm256_unpackhi_epi32(v[i], v[i + 1]);
    }
    Type fours[8];
    for (size_t i = 0; i < 8; i += 4) {
      fours[i] = _mm256_unpacklo_epi64(pairs[i], pairs[i + 2]);
      fours[i + 1] = _mm256_unpackhi_epi64(pairs[i], pairs[i + 2]);
      fours[i + 2] = _mm256_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
      fours[i + 3] = _mm256_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
    for (size_t i = 0; i < 4; ++i) {
      v[i] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x20);
      v[i + 4] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x31);
    }
  }

  static GLASSINE_INLINE void load_blocks(const uint8_t* const starts[8], size_t offset, Type m[16]) {
    for (size_t lane = 0; lane < 8; ++lane) {
      m[lane] = load(starts[lane] + offset);
      m[lane + 8] = load(starts[lane] + offset + 32);
    }
    transpose(m);
    transpose(m + 8);
  }

  static GLASSINE_INLINE void store_cvs(Type h[8], uint8_t* cvs) {
    transpose(h);
    for (size_t lane = 0; lane < 8; ++lane) store(h[lane], cvs + lane * kHashBytes);
  }
};
#endif

#if GLASSINE_LANES >= 16
struct Sixteen : Lines {
  using Type = __m512i;
  static constexpr size_t lanes = 16;
  static constexpr size_t most_for_rest = 8;

  static GLASSINE_INLINE Type splat(uint32_t word) { return _mm512_set1_epi32(static_cast<int>(word)); }
  static GLASSINE_INLINE Type load(const void* from) { return _mm512_loadu_si512(from); }
  static GLASSINE_INLINE Type add(Type a, Type b) { return _mm512_add_epi32(a, b); }
  static GLASSINE_INLINE Type exclusive_or(Type a, Type b) { return _mm512_xor_si512(a, b); }

  template <int kBits>
  static GLASSINE_INLINE Type rotate(Type v) {
    return _mm512_ror_epi32(v, kBits);
  }

  /// Words 4q to 4q+3 of every row, by quarters: afterwards `v[4 * i + k]` holds, in its quarter q, word 4q+k
  /// of the rows 4i to 4i+3.
  static GLASSINE_INLINE void transpose_quarters(Type v[16]) {
    for (size_t i = 0; i < 16; i += 4) {
      const Type ab_low = _mm512_unpacklo_epi32(v[i], v[i + 1]);
      const Type ab_high = _mm512_unpackhi_epi32(v[i], v[i + 1]);
      const Type cd_low = _mm512_unpacklo_epi32(v[i + 2], v[i + 3]);
      const Type cd_high = _mm512_unpackhi_epi32(v[i + 2], v[i + 3]);
      v[i] = _mm512_unpacklo_epi64(ab_low, cd_low);
      v[i + 1] = _mm512_unpackhi_epi64(ab_low, cd_low);
      v[i + 2] = _mm512_unpacklo_epi64(ab_high, cd_high);
      v[i + 3] = _mm512_unpackhi_epi64(ab_high, cd_high);
    }
  }

  static GLASSINE_INLINE void load_blocks(const uint8_t* const starts[16], size_t offset, Type m[16]) {
    Type v[16];
    for (size_t lane = 0; lane < 16; ++lane) v[lane] = load(starts[lane] + offset);
    transpose_quarters(v);
    // The quarters of four vectors are themselves a 4 by 4 square to be turned.
    for (size_t k = 0; k < 4; ++k) {
      const Type low01 = _mm512_shuffle_i32x4(v[k], v[k + 4], 0x44);
      const Type high01 = _mm512_shuffle_i32x4(v[k], v[k + 4], 0xEE);
      const Type low23 = _mm512_shuffle_i32x4(v[k + 8], v[k + 12], 0x44);
      const Type high23 = _mm512_shuffle_i32x4(v[k + 8], v[k + 12], 0xEE);
      m[k] = _mm512_shuffle_i32x4(low01, low23, 0x88);
      m[k + 4] = _mm512_shuffle_i32x4(low01, low23, 0xDD);
      m[k + 8] = _mm512_shuffle_i32x4(high01, high23, 0x88);
      m[k + 12] = _mm512_shuffle_i32x4(high01, high23, 0xDD);
    }
  }

  static GLASSINE_INLINE void store_cvs(Type h[8], uint8_t* cvs) {
    Type words[16];
    for (size_t i = 0; i < 8; ++i) words[i] = h[i];
    for (size_t i = 8; i < 16; ++i) words[i] = _mm512_setzero_si512();
    // Rows are words here and columns lanes: quarter q of words[k] holds words 0 to 3 of lane 4q+k, words[4 +
    // k] the words 4 to 7.
    transpose_quarters(words);
    for (size_t k = 0; k < 4; ++k) {
      const auto* first = reinterpret_cast<const __m128i*>(&words[k]);
      const auto* second = reinterpret_cast<const __m128i*>(&words[4 + k]);
      for (size_t q = 0; q < 4; ++q) {
        uint8_t* cv = cvs + (4 * q + k) * kHashBytes;
        _mm_storeu_si128(reinterpret_cast<__m128i*>(cv), first[q]);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(cv + 16), second[q]);
      }
    }
  }
};
#endif

/// The sixteen words of state as four rows, of which a round mixes the columns and then the diagonals.
struct Rows {
  __m128i a, b, c, d;
};

template <int kLeft, int kFirst, int kSecond, int kThird>
GLASSINE_INLINE __m128i pick(__m128i from_left, __m128i from_right) {
  return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(from_left), _mm_castsi128_ps(from_right),
                                         _MM_SHUFFLE(kThird, kSecond, kFirst, kLeft)));
}

GLASSINE_INLINE void mix_rows(Rows& s, __m128i x, __m128i y) {
  s.a = Four::add(Four::add(s.a, x), s.b);
  s.d = Four::rotate<16>(Four::exclusive_or(s.d, s.a));
  s.c = Four::add(s.c, s.d);
  s.b = Four::rotate<12>(Four::exclusive_or(s.b, s.c));
  s.a = Four::add(Four::add(s.a, y), s.b);
  s.d = Four::rotate<8>(Four::exclusive_or(s.d, s.a));
  s.c = Four::add(s.c, s.d);
  s.b = Four::rotate<7>(Four::exclusive_or(s.b, s.c));
}

GLASSINE_INLINE Rows compress_rows(const uint32_t cv[8], const uint8_t* block, uint32_t block_size,
                                   uint64_t counter, uint32_t flags) {
  const __m128i w0 = Four::load(block);
  const __m128i w1 = Four::load(block + 16);
  const __m128i w2 = Four::load(block + 32);
  const __m128i w3 = Four::load(block + 48);
  // In the order of use: x and y of the columns, x and y of the diagonals.
  __m128i m0 = pick<0, 2, 0, 2>(w0, w1);
  __m128i m1 = pick<1, 3, 1, 3>(w0, w1);
  __m128i m2 = pick<0, 2, 0, 2>(w2, w3);
  __m128i m3 = pick<1, 3, 1, 3>(w2, w3);
  Rows s = {Four::load(cv), Four::load(cv + 4), Four::load(kInitialWords),
            _mm_set_epi32(static_cast<int>(flags), static_cast<int>(block_size),
                          static_cast<int>(counter >> 32U), static_cast<int>(counter))};
  for (int round = 0; round < 7; ++round) {
    mix_rows(s, m0, m1);
    // The diagonals in columns. `b` is known last, so that it stays and the other rows and the words move.
    s.a = _mm_shuffle_epi32(s.a, _MM_SHUFFLE(2, 1, 0, 3));
    s.d = _mm_shuffle_epi32(s.d, _MM_SHUFFLE(1, 0, 3, 2));
    s.c = _mm_shuffle_epi32(s.c, _MM_SHUFFLE(0, 3, 2, 1));
    mix_rows(s, _mm_shuffle_epi32(m2, _MM_SHUFFLE(2, 1, 0, 3)),
             _mm_shuffle_epi32(m3, _MM_SHUFFLE(2, 1, 0, 3)));
    s.a = _mm_shuffle_epi32(s.a, _MM_SHUFFLE(0, 3, 2, 1));
    s.d = _mm_shuffle_epi32(s.d, _MM_SHUFFLE(1, 0, 3, 2));
    s.c = _mm_shuffle_epi32(s.c, _MM_SHUFFLE(2, 1, 0, 3));
    // The permutation of the specification, in that order: words 2 3 7 4, 6 10 0 13, 1 12 9 15, 11 5 14 8.
    const __m128i p0 = pick<1, 2, 1, 3>(m0, m1);
    const __m128i p1 = pick<3, 0, 1, 2>(m0, _mm_blend_epi16(m2, m3, 0x30));
    const __m128i n2 = pick<0, 2, 0, 3>(_mm_blend_epi16(m1, m2, 0x30), m3);
    const __m128i n3 = pick<1, 2, 3, 0>(_mm_blend_epi16(m3, m1, 0x30), m2);
    m0 = _mm_shuffle_epi32(p0, _MM_SHUFFLE(1, 3, 2, 0));
    m1 = _mm_shuffle_epi32(p1, _MM_SHUFFLE(3, 1, 2, 0));
    m2 = n2;
    m3 = n3;
  }
  return s;
}

void compress_x86(const uint32_t cv[8], const uint8_t block[kBlockBytes], uint32_t block_size,
                  uint64_t counter, uint32_t flags, uint32_t out[16]) {
  const Rows s = compress_rows(cv, block, block_size, counter, flags);
  const __m128i left = Four::load(cv);
  const __m128i right = Four::load(cv + 4);
  Four::store(Four::exclusive_or(s.a, s.c), out);
  Four::store(Four::exclusive_or(s.b, s.d), out + 4);
  Four::store(Four::exclusive_or(s.c, left), out + 8);
  Four::store(Four::exclusive_or(s.d, right), out + 12);
}

void compress_blocks_x86(uint32_t cv[8], const uint8_t* blocks, size_t count, uint64_t counter,
                         uint32_t flags, uint32_t first_flags) {
  for (size_t i = 0; i < count; ++i) {
    const Rows s = compress_rows(cv, blocks + i * kBlockBytes, kBlockBytes, counter,
                                 flags | (i == 0 ? first_flags : 0U));
    Four::store(Four::exclusive_or(s.a, s.c), cv);
    Four::store(Four::exclusive_or(s.b, s.d), cv + 4);
  }
}

/// What is left when every vector would be mostly idle: one after another.
void hash_one_by_one(const uint8_t* first, size_t stride, size_t count, Inputs inputs, uint8_t* cvs) {
  for (size_t i = 0; i < count; ++i) {
    alignas(16) uint32_t cv[8];
    Four::store(Four::load(inputs.key), cv);
    Four::store(Four::load(inputs.key + 4), cv + 4);
    for (size_t block = 0; block < inputs.blocks; ++block) {
      uint32_t flags = inputs.flags;
      if (block == 0) flags |= inputs.first_flags;
      if (block + 1 == inputs.blocks) flags |= inputs.last_flags;
      compress_blocks_x86(cv, first + i * stride + block * kBlockBytes, 1, inputs.counter, flags, 0);
    }
    Four::store(Four::load(cv), cvs + i * kHashBytes);
    Four::store(Four::load(cv + 4), cvs + i * kHashBytes + 16);
    inputs.counter += inputs.counter_step;
  }
}

void hash_by_four(const uint8_t* first, size_t stride, size_t count, Inputs inputs, uint8_t* cvs) {
  hash_all<Four>(first, stride, count, inputs, cvs, hash_one_by_one);
}

#if GLASSINE_LANES >= 8
void hash_by_eight(const uint8_t* first, size_t stride, size_t count, Inputs inputs, uint8_t* cvs) {
  hash_all<Eight>(first, stride, count, inputs, cvs, hash_by_four);
}
#endif

#if GLASSINE_LANES >= 16
void hash_by_most(const uint8_t* first, size_t stride, size_t count, Inputs inputs, uint8_t* cvs) {
  hash_all<Sixteen>(first, stride, count, inputs, cvs, hash_by_eight);
}
#elif GLASSINE_LANES >= 8
constexpr auto hash_by_most = hash_by_eight;
#else
constexpr auto hash_by_most = hash_by_four;
#endif

void hash_chunks_x86(const uint8_t* chunks, size_t count, const uint32_t key[8], uint64_t counter,
                     uint32_t flags, uint8_t* cvs) {
  const Inputs inputs = {kChunkBytes / kBlockBytes, key, counter, 1, flags, kChunkStart, kChunkEnd};
  hash_by_most(chunks, kChunkBytes, count, inputs, cvs);
}

void hash_parents_x86(const uint8_t* children, size_t count, const uint32_t key[8], uint32_t flags,
                      uint8_t* cvs) {
  const Inputs inputs = {1, key, 0, 0, flags | kParent, 0, 0};
  hash_by_most(children, kBlockBytes, count, inputs, cvs);
}

}  // namespace

}  // namespace glassine::blake3
