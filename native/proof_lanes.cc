// A queue and a thread for each volume that is written to.
#include "proof_lanes.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace glassine {

namespace {

/// Files that may wait for their proof: on a rotating disk every change between writing one file and reading
/// another costs a seek, so there is one; elsewhere as many as keep both ends busy.
size_t run_ahead(const io::Traits& traits) { return traits.rotates ? 1 : 3; }

}  // namespace

void prove_now(const Written& written, const TransferOptions& options, const Control& control,
               BlockMemory* memory) {
  Target& target = *written.target;
  target.flush();
  target.close();
  if (control.stop) return;
  if (options.read_back) {
    const bool reaches = !target.failed() && target.reaches_medium();
    target.read_back({written.result->b3, written.result->bytes, reaches}, control, memory);
  } else {
    target.trust();
  }
}

class ProofLane {
 public:
  ProofLane(const TransferOptions& options, const Control& control, const io::Traits& traits)
      : options_(options), control_(control), most_waiting_(run_ahead(traits)) {
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
      // No further thread can be had: then whoever adds does the work.
    }
  }
  ProofLane(const ProofLane&) = delete;
  ProofLane& operator=(const ProofLane&) = delete;

  ~ProofLane() {
    {
      const std::lock_guard lock(mutex_);
      waiting_.clear();
    }
    join();
  }

  void add(const Written& written) {
    if (!thread_.joinable()) {
      BlockMemory memory;
      return prove_now(written, options_, control_, &memory);
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < most_waiting_ || thrown_; });
    waiting_.push_back(written);
    changed_.notify_all();
  }

  void finish() {
    join();
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  void join() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

  void run() {
    BlockMemory memory;
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !waiting_.empty() || ended_; });
      if (waiting_.empty()) return;
      const Written written = waiting_.front();
      waiting_.pop_front();
      changed_.notify_all();
      // Once something was thrown, or all is to stop, what waits is removed by whoever began the transfer.
      if (control_.stop || thrown_) continue;
      lock.unlock();
      std::exception_ptr thrown;
      try {
        prove_now(written, options_, control_, &memory);
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      if (thrown) thrown_ = thrown;
    }
  }

  const TransferOptions& options_;
  const Control& control_;
  const size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Written> waiting_;
  bool ended_ = false;
  std::exception_ptr thrown_;
  std::thread thread_;
};

ProofLanes::ProofLanes(const TransferOptions& options, const Control& control)
    : options_(options), control_(control) {}

ProofLanes::~ProofLanes() = default;

void ProofLanes::add(const Written& written) {
  const io::Traits& traits = written.target->traits();
  std::unique_ptr<ProofLane>& lane = lanes_[traits.volume];
  if (!lane) lane = std::make_unique<ProofLane>(options_, control_, traits);
  lane->add(written);
}

void ProofLanes::finish() {
  for (auto& lane : lanes_) lane.second->finish();
}

}  // namespace glassine
