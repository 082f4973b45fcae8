// Which of BLAKE3's kernels this machine can run.
#include "kernel.h"

namespace glassine::blake3 {

const std::vector<const Kernel*>& kernels() {
  static const std::vector<const Kernel*> found = [] {
    std::vector<const Kernel*> list;
    list.push_back(&kPortableKernel);
    return list;
  }();
  return found;
}

const Kernel& best_kernel() { return *kernels().front(); }

}  // namespace glassine::blake3
