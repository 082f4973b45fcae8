// Who copies what: small files together on a few threads, large ones one after another, both at once.
#include "transfer.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "copier.h"
#include "proof_lanes.h"
#include "thread_pool.h"

namespace glassine {

namespace {

/// Smaller files are flushed with their volume, once for all of them.
constexpr int64_t kLargeFrom = int64_t{1} << 20U;
/// A flush of a whole volume waits for what others wrote, too: not worth it for fewer files.
constexpr size_t kFewestTogether = 4;
/// Most of the time of a small file is waiting for the medium: more threads than processors.
constexpr size_t kSmallAtOnce = 8;
/// Large files that are only read: while one waits for the medium another is hashed.
constexpr size_t kLargeReadAtOnce = 2;

int64_t expected_bytes(const TransferItem& item) {
  io::Stat stat;
  if (item.expected_bytes >= 0 || io::stat_name(item.source, &stat)) return item.expected_bytes;
  return static_cast<int64_t>(stat.bytes);
}

/// Calls `work` on so many threads at the same time, this one among them, and waits for all.
void together(size_t threads, const std::function<void()>& work) {
  ThreadPool(static_cast<unsigned>(threads)).run(work);
}

class Transfer {
 public:
  Transfer(const std::vector<TransferItem>& items, const TransferOptions& options, Control& control,
           std::vector<TransferResult>* results)
      : items_(items), options_(options), control_(control), results_(*results) {}

  bool run();
  /// Removes every target.
  void undo();

 private:
  using Indexes = std::vector<size_t>;

  void plan();
  /// Calls `copied` with what each of these items wrote; on several threads at once where `crew` allows.
  void copy_each(const Indexes& indexes, size_t crew,
                 const std::function<void(WrittenList written, BlockMemory* memory)>& copied);
  void do_small();
  void do_large();
  void flush_together(uint64_t volume, const WrittenList& list);
  void prove_together(const WrittenList& list);

  const std::vector<TransferItem>& items_;
  const TransferOptions& options_;
  Control& control_;
  std::vector<TransferResult>& results_;
  Volumes volumes_;
  Copier copier_{options_, control_, volumes_};
  std::vector<Targets> targets_;
  Indexes small_;
  Indexes large_;
  Indexes large_only_read_;
};

void Transfer::plan() {
  results_.resize(items_.size());
  targets_.resize(items_.size());
  for (size_t i = 0; i < items_.size(); ++i) {
    const TransferItem& item = items_[i];
    targets_[i].reserve(item.targets.size());
    for (const std::string& path : item.targets) targets_[i].emplace_back(path);
    if (expected_bytes(item) < kLargeFrom) {
      small_.push_back(i);
    } else {
      (item.targets.empty() ? large_only_read_ : large_).push_back(i);
    }
  }
}

void Transfer::copy_each(const Indexes& indexes, size_t crew,
                         const std::function<void(WrittenList written, BlockMemory* memory)>& copied) {
  std::atomic<size_t> next{0};
  together(std::min(crew, indexes.size()), [&] {
    BlockMemory memory;
    for (size_t at = next++; at < indexes.size() && !control_.stop; at = next++) {
      const size_t index = indexes[at];
      copied(copier_.copy(items_[index], &targets_[index], &results_[index], &memory), &memory);
      ++control_.items;
      control_.on_progress();
    }
  });
}

void Transfer::do_large() {
  copy_each(large_only_read_, kLargeReadAtOnce, [](const WrittenList&, BlockMemory*) {});
  ProofLanes lanes(options_, control_);
  copy_each(large_, 1, [&lanes](const WrittenList& list, BlockMemory*) {
    for (const Written& written : list) lanes.add(written);
  });
  lanes.finish();
}

void Transfer::do_small() {
  std::mutex mutex;
  std::map<uint64_t, WrittenList> waiting;
  const bool few = small_.size() < kFewestTogether;
  copy_each(small_, kSmallAtOnce, [&](const WrittenList& list, BlockMemory* memory) {
    for (const Written& written : list) {
      const io::Traits& traits = written.target->traits();
      // What turned out to be large may not keep the others waiting in the cache.
      if (few || !traits.flushes_whole || written.result->bytes >= uint64_t{kLargeFrom}) {
        prove_now(written, options_, control_, memory);
        continue;
      }
      written.target->close();
      const std::lock_guard lock(mutex);
      waiting[traits.volume].push_back(written);
    }
  });
  std::atomic<size_t> next{0};
  together(waiting.size(), [&] {
    for (size_t at = next++; at < waiting.size() && !control_.stop; at = next++) {
      const auto& [volume, list] = *std::next(waiting.begin(), static_cast<std::ptrdiff_t>(at));
      flush_together(volume, list);
      prove_together(list);
    }
  });
}

void Transfer::flush_together(uint64_t volume, const WrittenList& list) {
  Failure failure;
  if (volumes_.flush(volume, list.front().target->path(), &failure) && !failure) return;
  // The volume says that something was lost: each file knows whether it was its own.
  bool found = false;
  for (const Written& written : list) {
    written.target->reopen_and_flush();
    found = found || written.target->failed();
  }
  if (!failure || found) return;
  for (const Written& written : list) {
    written.target->fail({failure.number, failure.call, written.target->path()});
  }
}

void Transfer::prove_together(const WrittenList& list) {
  bool reaches = false;
  if (options_.read_back) {
    const auto alive =
        std::find_if(list.begin(), list.end(), [](const Written& each) { return !each.target->failed(); });
    reaches = alive != list.end() && alive->target->reaches_medium();
  }
  std::atomic<size_t> next{0};
  together(std::min(kSmallAtOnce, list.size()), [&] {
    BlockMemory memory;
    for (size_t at = next++; at < list.size() && !control_.stop; at = next++) {
      const Written& written = list[at];
      if (options_.read_back) {
        written.target->read_back({written.result->b3, written.result->bytes, reaches}, control_, &memory);
      } else {
        written.target->trust();
      }
    }
  });
}

void Transfer::undo() {
  for (Targets& targets : targets_) {
    for (Target& target : targets) target.remove();
  }
}

bool Transfer::run() {
  plan();
  // Both at once: what is small waits most of the time.
  std::atomic<int> part{0};
  const bool both = !small_.empty() && small_.size() < items_.size();
  together(both ? 2 : 1, [&] {
    for (int mine = part++; mine < 2; mine = part++) mine == 0 ? do_small() : do_large();
  });
  if (control_.stop) {
    undo();
    return false;
  }
  for (size_t i = 0; i < targets_.size(); ++i) {
    for (const Target& target : targets_[i]) results_[i].targets.push_back(target.result());
  }
  return true;
}

}  // namespace

bool transfer(const std::vector<TransferItem>& items, const TransferOptions& options, Control& control,
              std::vector<TransferResult>* results) {
  Transfer work(items, options, control, results);
  try {
    return work.run();
  } catch (...) {
    work.undo();
    throw;
  }
}

}  // namespace glassine
