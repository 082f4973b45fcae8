// Which of BLAKE3's kernels this machine can run.
#include "kernel.h"

#if defined(_MSC_VER) && defined(_M_X64)
#include <intrin.h>
#endif

namespace glassine::blake3 {

namespace {

#if defined(_MSC_VER) && defined(_M_X64)

bool has_bit(int word, int bit) { return (static_cast<unsigned>(word) >> bit & 1U) != 0; }

/// The registers that the system saves: it must know of those that a kernel uses.
bool saves(unsigned long long registers) { return (_xgetbv(0) & registers) == registers; }

void add_machine_kernels(std::vector<const Kernel*>* list) {
  int one[4];
  int seven[4];
  __cpuid(one, 1);
  __cpuidex(seven, 7, 0);
  const bool os_saves = has_bit(one[2], 27);
  if (os_saves && saves(0xE6) && has_bit(seven[1], 16) && has_bit(seven[1], 31))
    list->push_back(&kAvx512Kernel);
  if (os_saves && saves(0x06) && has_bit(seven[1], 5)) list->push_back(&kAvx2Kernel);
  if (has_bit(one[2], 19)) list->push_back(&kSse41Kernel);
}

#elif defined(__x86_64__)

void add_machine_kernels(std::vector<const Kernel*>* list) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
    list->push_back(&kAvx512Kernel);
  if (__builtin_cpu_supports("avx2")) list->push_back(&kAvx2Kernel);
  if (__builtin_cpu_supports("sse4.1")) list->push_back(&kSse41Kernel);
}

#elif defined(__aarch64__) || defined(_M_ARM64)

void add_machine_kernels(std::vector<const Kernel*>* list) { list->push_back(&kNeonKernel); }

#else

void add_machine_kernels(std::vector<const Kernel*>* /*list*/) {}

#endif

}  // namespace

const std::vector<const Kernel*>& kernels() {
  static const std::vector<const Kernel*> found = [] {
    std::vector<const Kernel*> list;
    add_machine_kernels(&list);
    list.push_back(&kPortableKernel);
    return list;
  }();
  return found;
}

const Kernel& best_kernel() {
  static const Kernel& best = *kernels().front();
  return best;
}

}  // namespace glassine::blake3
