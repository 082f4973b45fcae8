// The one copy loop: read, hash, write everywhere, flush, read back.
#include "transfer.h"

#include <algorithm>
#include <map>
#include <utility>

namespace glassine {

namespace {

/// Files below this are flushed together, where the caller leaves it to us.
constexpr uint64_t kFlushedTogether = uint64_t{1} << 20U;
/// A flush of a whole volume waits for what others wrote, too: not worth it for fewer files.
constexpr size_t kFewestTogether = 4;

class Transfer {
 public:
  Transfer(const TransferOptions& options, Control& control, std::vector<TransferResult>* results)
      : options_(options), control_(control), results_(*results), buffer_(aligned_buffer(kBlockBytes)) {}

  bool run(const std::vector<TransferItem>& items);
  /// Removes every target.
  void undo();

 private:
  /// An item and its targets, kept until all of them are flushed and read back.
  struct Copies {
    size_t item;
    std::vector<Target> targets;
  };

  void start(const TransferItem& item, Copies* copies);
  bool copy(BlockReader& reader, Copies* copies, TransferResult* result);
  void check_unchanged(const std::string& path, const io::File& source, const io::Stat& before,
                       TransferResult* result);
  void complete(Copies* copies, TransferResult* result);
  [[nodiscard]] bool waits(const Target& target, uint64_t bytes) const;
  void flush_waiting();
  void flush_volume(std::vector<Target*>& targets);
  void prove(Copies* copies);
  void report(const Copies& copies);

  const TransferOptions& options_;
  Control& control_;
  std::vector<TransferResult>& results_;
  Buffer buffer_;
  std::vector<Copies> all_;
  /// What waits for the flush of its volume, and something open there since before it was written.
  std::map<uint64_t, std::vector<std::pair<size_t, size_t>>> waiting_;
  std::map<uint64_t, io::File> anchors_;
};

bool every_target_failed(const std::vector<Target>& targets) {
  return !targets.empty() &&
         std::all_of(targets.begin(), targets.end(), [](const Target& target) { return target.failed(); });
}

/// Reads, hashes and writes everything; false when the item is given up, with the reason in `result` if any.
bool Transfer::copy(BlockReader& reader, Copies* copies, TransferResult* result) {
  blake3::Hasher hasher;
  for (uint64_t done = 0; !control_.stop;) {
    Block block;
    result->failure = reader.next(buffer_.get(), &block);
    if (result->failure) return false;
    if (block.size == 0) {
      result->changed = done != result->bytes;
      result->b3 = hasher.finish();
      result->hashed = true;
      return !result->changed;
    }
    if (block.hole) {
      hasher.update_zeros(block.size);
    } else {
      hasher.update(buffer_.get(), static_cast<size_t>(block.size));
    }
    for (Target& target : copies->targets) {
      if (block.hole) {
        target.write_hole(block.size, block.offset);
      } else {
        target.write(buffer_.get(), static_cast<size_t>(block.size), block.offset);
      }
    }
    done += block.size;
    control_.bytes += block.size;
    control_.on_progress();
    if (every_target_failed(copies->targets)) return false;
  }
  return false;
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

void Transfer::start(const TransferItem& item, Copies* copies) {
  TransferResult& result = results_[copies->item];
  io::File source;
  io::Stat before;
  result.failure = io::open_source(item.source, &source, &before);
  if (result.failure) return;
  result.bytes = before.bytes;
  result.modified_ns = before.modified_ns;
  result.mode = before.mode;
  for (Target& target : copies->targets) {
    target.open(before);
    if (target.failed() || !waits(target, before.bytes)) continue;
    io::File& anchor = anchors_[target.traits().volume];
    if (!anchor.is_open()) io::open_for_flush(target.path(), &anchor);
  }
  if (!every_target_failed(copies->targets)) {
    BlockReader reader(source, before, item.source, options_.reading);
    const bool whole = copy(reader, copies, &result);
    result.cache_bypassed = reader.cache_bypassed() && io::traits(source).has_medium;
    if (whole) check_unchanged(item.source, source, before, &result);
    if (whole && !result.failure) result.attributes = io::read_attributes(source);
  }
  complete(copies, &result);
}

bool Transfer::waits(const Target& target, uint64_t bytes) const {
  if (options_.flush == Flush::each || !target.traits().flushes_whole) return false;
  return options_.flush == Flush::together || bytes < kFlushedTogether;
}

void Transfer::complete(Copies* copies, TransferResult* result) {
  const bool kept =
      !result->failure && !result->changed && !control_.stop && !every_target_failed(copies->targets);
  for (size_t i = 0; i < copies->targets.size(); ++i) {
    Target& target = copies->targets[i];
    if (!kept) {
      target.remove();
      continue;
    }
    target.finish(result->bytes, result->modified_ns);
    if (target.failed()) continue;
    if (waits(target, result->bytes)) {
      waiting_[target.traits().volume].emplace_back(copies->item, i);
    } else {
      target.flush();
    }
    target.close();
  }
}

void Transfer::flush_volume(std::vector<Target*>& targets) {
  const io::File& anchor = anchors_[targets.front()->traits().volume];
  const bool few = options_.flush == Flush::automatic && targets.size() < kFewestTogether;
  Failure failure;
  if (!few && anchor.is_open()) {
    failure = io::flush_volume(anchor, targets.front()->path());
    if (!failure) return;
  }
  // The volume says that something was lost: each file knows whether it was its own.
  bool found = false;
  for (Target* target : targets) {
    target->reopen_and_flush();
    found = found || target->failed();
  }
  if (!failure || found) return;
  for (Target* target : targets) target->fail({failure.number, failure.call, target->path()});
}

void Transfer::flush_waiting() {
  for (auto& [volume, waiting] : waiting_) {
    if (control_.stop) return;
    std::vector<Target*> targets;
    targets.reserve(waiting.size());
    for (const auto& [item, index] : waiting) targets.push_back(&all_[item].targets[index]);
    flush_volume(targets);
  }
  anchors_.clear();
}

void Transfer::prove(Copies* copies) {
  const TransferResult& result = results_[copies->item];
  if (result.failure || result.changed) return;
  for (Target& target : copies->targets) {
    if (control_.stop) return;
    if (options_.read_back) {
      target.read_back(result.b3, result.bytes, buffer_.get(), control_);
    } else {
      target.trust();
    }
  }
}

void Transfer::report(const Copies& copies) {
  TransferResult& result = results_[copies.item];
  for (const Target& target : copies.targets) result.targets.push_back(target.result());
}

void Transfer::undo() {
  for (Copies& copies : all_) {
    for (Target& target : copies.targets) target.remove();
  }
}

bool Transfer::run(const std::vector<TransferItem>& items) {
  results_.resize(items.size());
  all_.reserve(items.size());
  for (const TransferItem& item : items) {
    if (control_.stop) break;
    Copies& copies = all_.emplace_back(Copies{all_.size(), {}});
    for (const std::string& path : item.targets) copies.targets.emplace_back(path);
    start(item, &copies);
    const bool waits_for_others =
        std::any_of(copies.targets.begin(), copies.targets.end(),
                    [&](const Target& t) { return !t.failed() && waits(t, results_[copies.item].bytes); });
    if (!waits_for_others) prove(&copies);
    ++control_.items;
    control_.on_progress();
  }
  flush_waiting();
  for (Copies& copies : all_) {
    if (control_.stop) break;
    prove(&copies);
  }
  if (control_.stop) {
    undo();
    return false;
  }
  for (const Copies& copies : all_) report(copies);
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
