// A watch as JavaScript hears of it.
#include <mutex>
#include <utility>

#include "addon_job.h"
#include "walk.h"
#include "watch.h"

namespace glassine {

namespace {

const char* name_of(Hint::Kind kind) {
  switch (kind) {
    case Hint::Kind::folder:
      return "folder";
    case Hint::Kind::tree:
      return "tree";
    case Hint::Kind::lost:
      return "lost";
    case Hint::Kind::gone:
      return "gone";
  }
  return "lost";
}

class WatchJob : public Job {
 public:
  explicit WatchJob(std::string root) : watch(std::move(root)) {}

  Watch watch;
  Napi::FunctionReference on_hints;
  Napi::FunctionReference ready;

 protected:
  void run() override {
    failure_ = watch.begin();
    begun_ = true;
    call_back();
    while (!failure_ && !control_.stop) {
      std::vector<Hint> hints = watch.next();
      if (hints.empty()) break;
      const std::lock_guard lock(mutex_);
      for (Hint& hint : hints) hints_.push_back(std::move(hint));
      call_back();
    }
  }

  void wake() override { watch.stop(); }

  void deliver(Napi::Env env) override {
    if (begun_ && !told_) {
      told_ = true;
      ready.Call({from_failure(env, failure_)});
    }
    std::vector<Hint> hints;
    {
      const std::lock_guard lock(mutex_);
      hints.swap(hints_);
    }
    // Whoever stopped a watch wants to hear nothing any more.
    if (hints.empty() || control_.stop) return;
    Napi::Array flat = Napi::Array::New(env, hints.size() * 2);
    uint32_t at = 0;
    for (const Hint& hint : hints) {
      std::string folder;
      append_canonical(hint.folder, &folder);
      flat[at++] = Napi::String::New(env, name_of(hint.kind));
      flat[at++] = Napi::String::New(env, folder);
    }
    on_hints.Call({flat});
  }

  void settle(Napi::Env env) override {
    if (broken_) failure_ = broken_;
    begun_ = true;
    deliver(env);
  }

  void release() override {
    on_hints.Reset();
    ready.Reset();
  }

 private:
  Failure failure_;
  std::atomic<bool> begun_{false};
  bool told_ = false;
  std::mutex mutex_;
  std::vector<Hint> hints_;
};

/// `watch(root, onHints, ready)`; returns `{ stop, counts }`.
Napi::Value start_watch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto job = std::make_shared<WatchJob>(to_path(info[0]));
  job->on_hints = Napi::Persistent(info[1].As<Napi::Function>());
  job->ready = Napi::Persistent(info[2].As<Napi::Function>());
  Job::start(job, env, "glassine watch");
  Napi::Object handle = Napi::Object::New(env);
  handle["stop"] = stopper(env, job);
  handle["counts"] = Napi::Function::New(env, [job](const Napi::CallbackInfo& i) -> Napi::Value {
    Napi::Array counts = Napi::Array::New(i.Env(), 2);
    counts[0U] = Napi::Number::New(i.Env(), job->watch.watched());
    counts[1U] = Napi::Number::New(i.Env(), job->watch.unwatched());
    return counts;
  });
  return handle;
}

}  // namespace

void register_watch(Napi::Env env, Napi::Object exports) {
  exports["watch"] = Napi::Function::New<start_watch>(env, "watch");
}

}  // namespace glassine
