// Threads that share one piece of work, and are joined whatever happens.
#pragma once

#include <cstddef>
#include <functional>

namespace glassine {

/// Calls `work` on up to `size` threads at the same time, this one among them, and waits for all. Fewer where
/// no more threads can be had. Throws what the first of them threw, when all have ended.
void work_together(size_t size, const std::function<void()>& work);

}  // namespace glassine
