// BLAKE3's kernel for SSE4.1: 4 chunks at a time.
#include "kernel.h"

#if defined(__x86_64__) || defined(_M_X64)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("sse4.1"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC target("sse4.1")
// As written, on every build: GCC would add the message word last and undo the order of the steps.
#pragma GCC optimize("O3", "no-tree-reassoc", "no-schedule-insns2")
#endif

#define GLASSINE_LANES 4

#include "x86.h"

namespace glassine::blake3 {

const Kernel kSse41Kernel = {"sse41",         4, compress_x86, compress_blocks_x86, hash_chunks_x86,
                             hash_parents_x86};

}  // namespace glassine::blake3

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
