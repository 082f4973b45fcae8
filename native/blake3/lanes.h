// The one kernel template: many chunks, or many parents, hashed side by side, one in each lane of a vector.
// Included by one file for each instruction set; nothing here may be shared between those files, as each is
// compiled for another machine, so everything is in an unnamed namespace and no inline function of the
// library is used.
//
// `V` is the vector of an instruction set: its `Type`, its number of `lanes`, `add`, `exclusive_or`,
// `rotate<bits>`, `splat`, `load` and `store` of words, `load_blocks` (message word w of every lane into
// m[w]), `store_cvs` (the chaining value of every lane, one after another) and `prefetch` of one line.
#pragma once

#include "kernel.h"

#if defined(_MSC_VER)
#define GLASSINE_INLINE __forceinline
#else
#define GLASSINE_INLINE inline __attribute__((always_inline))
#endif

namespace glassine::blake3 {

namespace {

/// How many groups of lanes before their turn chunks are asked for from memory: each lane is a stream of its
/// own, too short for the processor to see where it leads.
constexpr size_t kGroupsAhead = 2;

/// The state fills the registers of most instruction sets: the compiler must take message words from memory
/// where it adds them, rather than load them all first and put them back for want of room.
template <class Type>
GLASSINE_INLINE void leave_in_memory(Type* m) {
#if defined(__GNUC__)
  asm volatile("" : : "r"(m) : "memory");
#else
  static_cast<void>(m);
#endif
}

/// Half a round: the columns of the square (kTurn 0) or its diagonals (kTurn 1), each step for all four, so
/// that none waits for the one before. The message word is added first: `a` is known long before `b` is.
template <class V, size_t kTurn>
GLASSINE_INLINE void mix_lanes(typename V::Type s[16], const typename V::Type m[16], const uint8_t* order) {
  constexpr auto kB = [](size_t i) { return 4 + (i + kTurn) % 4; };
  constexpr auto kC = [](size_t i) { return 8 + (i + 2 * kTurn) % 4; };
  constexpr auto kD = [](size_t i) { return 12 + (i + 3 * kTurn) % 4; };
  for (size_t i = 0; i < 4; ++i) s[i] = V::add(s[i], m[order[2 * i]]);
  for (size_t i = 0; i < 4; ++i) s[i] = V::add(s[i], s[kB(i)]);
  for (size_t i = 0; i < 4; ++i) s[kD(i)] = V::template rotate<16>(V::exclusive_or(s[kD(i)], s[i]));
  for (size_t i = 0; i < 4; ++i) s[kC(i)] = V::add(s[kC(i)], s[kD(i)]);
  for (size_t i = 0; i < 4; ++i) s[kB(i)] = V::template rotate<12>(V::exclusive_or(s[kB(i)], s[kC(i)]));
  for (size_t i = 0; i < 4; ++i) s[i] = V::add(s[i], m[order[2 * i + 1]]);
  for (size_t i = 0; i < 4; ++i) s[i] = V::add(s[i], s[kB(i)]);
  for (size_t i = 0; i < 4; ++i) s[kD(i)] = V::template rotate<8>(V::exclusive_or(s[kD(i)], s[i]));
  for (size_t i = 0; i < 4; ++i) s[kC(i)] = V::add(s[kC(i)], s[kD(i)]);
  for (size_t i = 0; i < 4; ++i) s[kB(i)] = V::template rotate<7>(V::exclusive_or(s[kB(i)], s[kC(i)]));
}

template <class V, size_t kRound>
GLASSINE_INLINE void round_lanes(typename V::Type s[16], const typename V::Type m[16]) {
  leave_in_memory(m);
  mix_lanes<V, 0>(s, m, kSchedule[kRound]);
  mix_lanes<V, 1>(s, m, kSchedule[kRound] + 8);
}

/// What the inputs of all lanes have in common.
struct Inputs {
  size_t blocks;
  const uint32_t* key;
  uint64_t counter;
  /// 1: every lane is the chunk after the one before. 0: all are parents.
  uint64_t counter_step;
  uint32_t flags;
  uint32_t first_flags;
  uint32_t last_flags;
};

/// Past the end of the input, too: a prefetch never fails.
template <class V>
GLASSINE_INLINE void prefetch_lanes(const uint8_t* const starts[V::lanes], size_t offset) {
  const size_t ahead = kGroupsAhead * V::lanes * kChunkBytes + offset;
  for (size_t lane = 0; lane < V::lanes; ++lane) V::prefetch(starts[lane] + ahead);
}

/// Hashes `V::lanes` inputs of `inputs.blocks` whole blocks each.
template <class V>
void hash_lanes(const uint8_t* const starts[V::lanes], const Inputs& inputs, uint8_t* cvs) {
  using Vector = typename V::Type;
  uint32_t low[V::lanes];
  uint32_t high[V::lanes];
  for (size_t lane = 0; lane < V::lanes; ++lane) {
    const uint64_t counter = inputs.counter + lane * inputs.counter_step;
    low[lane] = static_cast<uint32_t>(counter);
    high[lane] = static_cast<uint32_t>(counter >> 32U);
  }
  const Vector counter_low = V::load(low);
  const Vector counter_high = V::load(high);
  Vector h[8];
  for (size_t i = 0; i < 8; ++i) h[i] = V::splat(inputs.key[i]);
  for (size_t block = 0; block < inputs.blocks; ++block) {
    Vector m[16];
    V::load_blocks(starts, block * kBlockBytes, m);
    if (inputs.blocks > 1) prefetch_lanes<V>(starts, block * kBlockBytes);
    uint32_t flags = inputs.flags;
    if (block == 0) flags |= inputs.first_flags;
    if (block + 1 == inputs.blocks) flags |= inputs.last_flags;
    Vector s[16] = {h[0],
                    h[1],
                    h[2],
                    h[3],
                    h[4],
                    h[5],
                    h[6],
                    h[7],
                    V::splat(kInitialWords[0]),
                    V::splat(kInitialWords[1]),
                    V::splat(kInitialWords[2]),
                    V::splat(kInitialWords[3]),
                    counter_low,
                    counter_high,
                    V::splat(kBlockBytes),
                    V::splat(flags)};
    round_lanes<V, 0>(s, m);
    round_lanes<V, 1>(s, m);
    round_lanes<V, 2>(s, m);
    round_lanes<V, 3>(s, m);
    round_lanes<V, 4>(s, m);
    round_lanes<V, 5>(s, m);
    round_lanes<V, 6>(s, m);
    for (size_t i = 0; i < 8; ++i) h[i] = V::exclusive_or(s[i], s[i + 8]);
  }
  V::store_cvs(h, cvs);
}

/// Hashes `count` inputs that lie `stride` bytes apart: `V::lanes` at a time, the last ones in lanes partly
/// idle, few of them by `rest`. The chaining values may overwrite the inputs: none is written before its
/// input was read.
template <class V, class Rest>
GLASSINE_INLINE void hash_all(const uint8_t* first, size_t stride, size_t count, Inputs inputs, uint8_t* cvs,
                              Rest rest) {
  while (count > V::most_for_rest) {
    const size_t now = count < V::lanes ? count : V::lanes;
    const uint8_t* starts[V::lanes];
    for (size_t lane = 0; lane < V::lanes; ++lane)
      starts[lane] = first + (lane < now ? lane : now - 1) * stride;
    if (now == V::lanes) {
      hash_lanes<V>(starts, inputs, cvs);
    } else {
      uint8_t all[V::lanes * kHashBytes];
      hash_lanes<V>(starts, inputs, all);
      for (size_t i = 0; i < now * kHashBytes; ++i) cvs[i] = all[i];
    }
    first += now * stride;
    cvs += now * kHashBytes;
    count -= now;
    inputs.counter += now * inputs.counter_step;
  }
  if (count > 0) rest(first, stride, count, inputs, cvs);
}

}  // namespace

}  // namespace glassine::blake3
