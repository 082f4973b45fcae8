// The one copy loop: read, hash, write everywhere, flush, read back.
#include "transfer.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <thread>
#include <utility>

#include "pump.h"

namespace glassine {

namespace {

/// Files below this are flushed together, where the caller leaves it to us.
constexpr uint64_t kFlushedTogether = uint64_t{1} << 20U;
/// A flush of a whole volume waits for what others wrote, too: not worth it for fewer files.
constexpr size_t kFewestTogether = 4;

class Transfer {
 public:
  Transfer(const TransferOptions& options, Control& control, std::vector<TransferResult>* results)
      : options_(options), control_(control), results_(*results) {}

  bool run(const std::vector<TransferItem>& items);
  /// Removes every target.
  void undo();

 private:
  using Targets = std::vector<Target>;
  /// A target whose content is complete, and what it must be.
  struct Written {
    Target* target;
    const TransferResult* result;
  };
  using WrittenList = std::vector<Written>;

  void copy_item(const TransferItem& item, Targets* targets, TransferResult* result);
  bool copy(BlockReader& reader, Targets* targets, TransferResult* result);
  void check_unchanged(const std::string& path, const io::File& source, const io::Stat& before,
                       TransferResult* result);
  bool reaches_medium(const io::File& source);
  void complete(Targets* targets, TransferResult* result);
  [[nodiscard]] bool waits(const Target& target, uint64_t bytes) const;
  void flush_together(const WrittenList& list);
  void prove(const WrittenList& list, BlockMemory* memory);
  template <class Work>
  void on_each_volume(const WrittenList& all, Work work);

  const TransferOptions& options_;
  Control& control_;
  std::vector<TransferResult>& results_;
  BlockMemory memory_;
  std::vector<Targets> targets_;
  /// What waits for the flush of its volume, and something open there since before it was written.
  WrittenList waiting_;
  std::map<uint64_t, io::File> anchors_;
  /// Of the volumes that sources are on.
  std::map<uint64_t, bool> reaches_medium_;
};

bool every_target_failed(const std::vector<Target>& targets) {
  return !targets.empty() &&
         std::all_of(targets.begin(), targets.end(), [](const Target& target) { return target.failed(); });
}

/// Reads, hashes and writes everything; false when the item is given up, with the reason in `result` if any.
bool Transfer::copy(BlockReader& reader, Targets* targets, TransferResult* result) {
  std::vector<Taker> takers;
  for (Target& target : *targets) {
    if (target.failed()) continue;
    takers.emplace_back([&target](const Block& block, const uint8_t* bytes) {
      if (block.hole) {
        target.write_hole(block.size, block.offset);
      } else {
        target.write(bytes, static_cast<size_t>(block.size), block.offset);
      }
      return !target.failed();
    });
  }
  PumpOptions options;
  options.bytes = result->bytes;
  options.control = &control_;
  options.on_block = [this](uint64_t bytes) {
    control_.bytes += bytes;
    control_.on_progress();
  };
  Pumped pumped = pump(reader, takers, options, &memory_);
  result->failure = std::move(pumped.failure);
  if (result->failure || control_.stop || every_target_failed(*targets)) return false;
  result->changed = pumped.bytes != result->bytes;
  result->b3 = pumped.hash;
  result->hashed = !result->changed;
  return result->hashed;
}

/// One state of the file, or none: its size, times and identity are what they were before the first byte.
void Transfer::check_unchanged(const std::string& path, const io::File& source, const io::Stat& before,
                               TransferResult* result) {
  io::Stat after;
  io::Stat named;
  const auto same = [&](const io::Stat& stat) {
    return stat.bytes == before.bytes && stat.modified_ns == before.modified_ns &&
           stat.changed_ns == before.changed_ns && stat.inode == before.inode && stat.device == before.device;
  };
  result->failure = io::stat(source, path, &after);
  if (!result->failure)
    result->changed = !same(after) || io::stat_name(path, &named) || named.inode != before.inode;
}

void Transfer::copy_item(const TransferItem& item, Targets* targets, TransferResult* result) {
  io::File source;
  io::Stat before;
  result->failure = io::open_source(item.source, &source, &before);
  if (result->failure) return;
  result->bytes = before.bytes;
  result->modified_ns = before.modified_ns;
  result->mode = before.mode;
  for (Target& target : *targets) {
    target.open(before);
    if (target.failed() || !target.traits().flushes_whole || !waits(target, before.bytes)) continue;
    io::File& anchor = anchors_[target.traits().volume];
    if (!anchor.is_open()) io::open_for_flush(target.path(), &anchor);
  }
  if (!every_target_failed(*targets)) {
    // Before anything is read.
    const bool proves = reaches_medium(source);
    BlockReader reader(source, before, item.source, options_.reading);
    const bool whole = copy(reader, targets, result);
    result->cache_bypassed = reader.cache_bypassed() && proves;
    if (whole) check_unchanged(item.source, source, before, result);
    if (whole && !result->failure) result->attributes = io::read_attributes(source);
  }
  complete(targets, result);
}

bool Transfer::waits(const Target& target, uint64_t bytes) const {
  if (options_.flush == Flush::each) return false;
  const bool together = options_.flush == Flush::together && target.traits().flushes_whole;
  return together || bytes < kFlushedTogether;
}

/// Asked once for every volume and not for every file: a server's cache is dropped as a whole. It is left
/// alone where nobody asked what the medium holds.
bool Transfer::reaches_medium(const io::File& source) {
  const io::Traits traits = io::traits(source);
  if (options_.reading == Reading::cheapest) return traits.has_medium && traits.flushes_whole;
  const auto known = reaches_medium_.find(traits.volume);
  if (known != reaches_medium_.end()) return known->second;
  const bool reaches = traits.has_medium && io::drop_server_cache(source);
  reaches_medium_.emplace(traits.volume, reaches);
  return reaches;
}

void Transfer::complete(Targets* targets, TransferResult* result) {
  const bool kept = !result->failure && !result->changed && !control_.stop && !every_target_failed(*targets);
  WrittenList now;
  for (Target& target : *targets) {
    if (!kept) {
      target.remove();
      continue;
    }
    target.finish(result->bytes, result->modified_ns);
    if (target.failed()) continue;
    const bool waits_for_others = waits(target, result->bytes);
    if (waits_for_others) target.close();
    (waits_for_others ? waiting_ : now).push_back({&target, result});
  }
  on_each_volume(now, [this](const WrittenList& list, BlockMemory* memory) {
    for (const Written& written : list) {
      written.target->flush();
      written.target->close();
    }
    prove(list, memory);
  });
}

/// Calls `work` with the targets of each volume, all volumes at the same time.
template <class Work>
void Transfer::on_each_volume(const WrittenList& all, Work work) {
  std::map<uint64_t, WrittenList> by_volume;
  for (const Written& written : all) by_volume[written.target->traits().volume].push_back(written);
  if (by_volume.size() == 1) return work(by_volume.begin()->second, &memory_);
  std::vector<std::thread> threads;
  threads.reserve(by_volume.size());
  for (const auto& volume : by_volume) {
    try {
      threads.emplace_back([&work, &list = volume.second] {
        BlockMemory memory;
        work(list, &memory);
      });
    } catch (const std::system_error&) {
      // No further thread can be had: then one after another.
      work(volume.second, &memory_);
    }
  }
  for (std::thread& thread : threads) thread.join();
}

void Transfer::flush_together(const WrittenList& list) {
  const Target& first = *list.front().target;
  const auto anchor = anchors_.find(first.traits().volume);
  const bool few = options_.flush == Flush::automatic && list.size() < kFewestTogether;
  Failure failure;
  if (!few && anchor != anchors_.end() && anchor->second.is_open()) {
    failure = io::flush_volume(anchor->second, first.path());
    if (!failure) return;
  }
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

void Transfer::prove(const WrittenList& list, BlockMemory* memory) {
  bool reaches_medium = false;
  if (options_.read_back && !control_.stop) {
    const auto alive =
        std::find_if(list.begin(), list.end(), [](const Written& w) { return !w.target->failed(); });
    reaches_medium = alive != list.end() && alive->target->reaches_medium();
  }
  for (const Written& written : list) {
    if (control_.stop) return;
    if (options_.read_back) {
      written.target->read_back({written.result->b3, written.result->bytes, reaches_medium}, control_,
                                memory);
    } else {
      written.target->trust();
    }
  }
}

void Transfer::undo() {
  for (Targets& targets : targets_) {
    for (Target& target : targets) target.remove();
  }
}

bool Transfer::run(const std::vector<TransferItem>& items) {
  results_.resize(items.size());
  // Reserved, so that what waits can be pointed to.
  targets_.reserve(items.size());
  for (const TransferItem& item : items) {
    if (control_.stop) break;
    TransferResult& result = results_[targets_.size()];
    Targets& targets = targets_.emplace_back();
    for (const std::string& path : item.targets) targets.emplace_back(path);
    copy_item(item, &targets, &result);
    ++control_.items;
    control_.on_progress();
  }
  if (!control_.stop && !waiting_.empty()) {
    on_each_volume(waiting_, [this](const WrittenList& list, BlockMemory* memory) {
      flush_together(list);
      prove(list, memory);
    });
  }
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
  Transfer work(options, control, results);
  try {
    return work.run(items);
  } catch (...) {
    work.undo();
    throw;
  }
}

}  // namespace glassine
