// Transfers, arrangements and volumes as JavaScript starts them and hears from them.
#include <chrono>
#include <utility>

#include "addon_job.h"
#include "arrange.h"
#include "transfer.h"

namespace glassine {

namespace {

constexpr std::chrono::milliseconds kBetweenReports{100};

std::vector<io::Attribute> to_attributes(const Napi::Value& value) {
  std::vector<io::Attribute> attributes;
  if (!value.IsObject()) return attributes;
  const auto object = value.As<Napi::Object>();
  const Napi::Array names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const auto name = names.Get(i).As<Napi::String>();
    attributes.push_back({name.Utf8Value(), to_path(object.Get(name))});
  }
  return attributes;
}

/// Whole microseconds, rounded down, also before 1970. A double holds them for 285 years on either side.
double microseconds(int64_t nanoseconds) {
  const int64_t whole = nanoseconds / 1000;
  return static_cast<double>(nanoseconds % 1000 < 0 ? whole - 1 : whole);
}

Napi::Object from_target(Napi::Env env, const TargetResult& target) {
  Napi::Object object = Napi::Object::New(env);
  if (target.failure) object["error"] = from_failure(env, target.failure);
  object["matches"] = Napi::Boolean::New(env, target.matches);
  object["cacheBypassed"] = Napi::Boolean::New(env, target.cache_bypassed);
  return object;
}

Napi::Object from_result(Napi::Env env, const TransferResult& result, const TransferOptions& options) {
  Napi::Object object = Napi::Object::New(env);
  if (result.failure) object["error"] = from_failure(env, result.failure);
  object["changed"] = Napi::Boolean::New(env, result.changed);
  object["bytes"] = Napi::Number::New(env, static_cast<double>(result.bytes));
  object["modifiedUs"] = Napi::Number::New(env, microseconds(result.modified_ns));
  object["b3"] = Napi::String::New(env, result.hashed ? hex(result.b3) : std::string());
  if (options.xxh64 && result.hashed) object["xxh64"] = Napi::BigInt::New(env, result.xxh64);
  if (options.sha512 && result.hashed) {
    object["sha512"] = Napi::Buffer<uint8_t>::Copy(env, result.sha512.data(), result.sha512.size());
  }
  object["mode"] = Napi::Number::New(env, result.mode);
  if (!result.attributes.empty()) {
    Napi::Object attributes = Napi::Object::New(env);
    for (const io::Attribute& attribute : result.attributes) {
      attributes[attribute.name] =
          Napi::Buffer<char>::Copy(env, attribute.value.data(), attribute.value.size());
    }
    object["xattrs"] = attributes;
  }
  object["cacheBypassed"] = Napi::Boolean::New(env, result.cache_bypassed);
  Napi::Array targets = Napi::Array::New(env, result.targets.size());
  for (uint32_t i = 0; i < result.targets.size(); ++i) targets[i] = from_target(env, result.targets[i]);
  object["targets"] = targets;
  return object;
}

class TransferJob : public Job {
 public:
  std::vector<TransferItem> items;
  TransferOptions options;
  Napi::FunctionReference on_progress;
  Napi::FunctionReference done;

 protected:
  void run() override {
    if (!on_progress.IsEmpty()) {
      control_.on_progress = [this] {
        const Moment now = std::chrono::steady_clock::now().time_since_epoch();
        Moment due = next_report_;
        // Several threads make progress; one of them tells.
        if (now >= due && next_report_.compare_exchange_strong(due, now + kBetweenReports)) call_back();
      };
    }
    finished_ = transfer(items, options, control_, &results_);
  }

  [[nodiscard]] bool leaves_traces() const override { return true; }
  void deliver(Napi::Env env) override { report(env); }

  void settle(Napi::Env env) override {
    if (broken_) {
      done.Call({from_failure(env, broken_), env.Null()});
      return;
    }
    if (!finished_) {
      done.Call({env.Null(), env.Null()});
      return;
    }
    Napi::Array results = Napi::Array::New(env, results_.size());
    for (uint32_t i = 0; i < results_.size(); ++i) {
      const Napi::HandleScope scope(env);
      results[i] = from_result(env, results_[i], options);
    }
    if (!on_progress.IsEmpty()) report(env);
    done.Call({env.Null(), results});
  }

  void release() override {
    on_progress.Reset();
    done.Reset();
  }

 private:
  void report(Napi::Env env) {
    on_progress.Call({Napi::Number::New(env, static_cast<double>(control_.bytes.load())),
                      Napi::Number::New(env, static_cast<double>(control_.items.load()))});
  }

  using Moment = std::chrono::steady_clock::duration;
  std::atomic<Moment> next_report_{std::chrono::steady_clock::now().time_since_epoch() + kBetweenReports};
  std::vector<TransferResult> results_;
  bool finished_ = false;
};

/// `transfer(items, { readBack, medium, xxh64, sha512, bytesPerSecond }, onProgress, done)`; returns a function
/// that stops it.
Napi::Value start_transfer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto job = std::make_shared<TransferJob>();
  const auto items = info[0].As<Napi::Array>();
  job->items.resize(items.Length());
  for (uint32_t i = 0; i < items.Length(); ++i) {
    const Napi::HandleScope scope(env);
    const auto item = items.Get(i).As<Napi::Object>();
    job->items[i].source = to_path(item.Get("source"));
    const Napi::Value bytes = item.Get("bytes");
    if (bytes.IsNumber()) job->items[i].expected_bytes = bytes.As<Napi::Number>().Int64Value();
    const auto targets = item.Get("targets").As<Napi::Array>();
    for (uint32_t t = 0; t < targets.Length(); ++t) job->items[i].targets.push_back(to_path(targets.Get(t)));
  }
  const auto options = info[1].As<Napi::Object>();
  job->options.read_back = options.Get("readBack").ToBoolean();
  job->options.reading = options.Get("medium").ToBoolean() ? Reading::medium : Reading::cheapest;
  job->options.xxh64 = options.Get("xxh64").ToBoolean();
  job->options.sha512 = options.Get("sha512").ToBoolean();
  const auto rate = options.Get("bytesPerSecond").As<Napi::Number>();
  job->options.bytes_per_second = static_cast<uint64_t>(rate.Int64Value());
  if (info[2].IsFunction()) job->on_progress = Napi::Persistent(info[2].As<Napi::Function>());
  job->done = Napi::Persistent(info[3].As<Napi::Function>());
  Job::start(job, env, "glassine transfer");
  return stopper(env, job);
}

class ArrangeJob : public Job {
 public:
  std::vector<Step> steps;
  Napi::FunctionReference done;

 protected:
  void run() override { results_ = arrange(steps, control_); }
  [[nodiscard]] bool leaves_traces() const override { return true; }

  void settle(Napi::Env env) override {
    if (broken_) {
      done.Call({from_failure(env, broken_), env.Null()});
      return;
    }
    Napi::Array results = Napi::Array::New(env, results_.size());
    for (uint32_t i = 0; i < results_.size(); ++i) results[i] = from_failure(env, results_[i]);
    done.Call({env.Null(), results});
  }

  void release() override { done.Reset(); }

 private:
  std::vector<Failure> results_;
};

Step to_step(const Napi::Object& object) {
  using Do = Step::Do;
  static const std::pair<const char*, Do> kinds[] = {{"folder", Do::folder},
                                                     {"rename", Do::rename},
                                                     {"link", Do::link},
                                                     {"remove", Do::remove},
                                                     {"removeFolder", Do::remove_folder},
                                                     {"flushFolder", Do::flush_folder},
                                                     {"attributes", Do::attributes}};
  Step step;
  const std::string name = object.Get("do").As<Napi::String>().Utf8Value();
  for (const auto& [known, kind] : kinds) {
    if (name == known) step.what = kind;
  }
  step.path = to_path(object.Get(step.what == Do::rename ? "from" : "path"));
  if (step.what == Do::rename) step.target = to_path(object.Get("to"));
  if (step.what == Do::link) step.target = to_path(object.Get("target"));
  if (step.what != Do::attributes) return step;
  const Napi::Value modified = object.Get("modifiedNs");
  const Napi::Value mode = object.Get("mode");
  bool lossless = false;
  if (modified.IsBigInt()) step.modified_ns = modified.As<Napi::BigInt>().Int64Value(&lossless);
  if (mode.IsNumber()) step.mode = mode.As<Napi::Number>().Uint32Value();
  step.attributes = to_attributes(object.Get("xattrs"));
  return step;
}

/// `arrange(steps, done)`.
Napi::Value start_arrange(const Napi::CallbackInfo& info) {
  auto job = std::make_shared<ArrangeJob>();
  const auto steps = info[0].As<Napi::Array>();
  job->steps.reserve(steps.Length());
  for (uint32_t i = 0; i < steps.Length(); ++i) {
    const Napi::HandleScope scope(info.Env());
    job->steps.push_back(to_step(steps.Get(i).As<Napi::Object>()));
  }
  job->done = Napi::Persistent(info[1].As<Napi::Function>());
  Job::start(job, info.Env(), "glassine arrange");
  return info.Env().Undefined();
}

/// Flushes a volume, or reads its numbers.
class VolumeJob : public Job {
 public:
  std::string path;
  bool flush = false;
  Napi::FunctionReference done;

 protected:
  void run() override { failure_ = flush ? io::flush_volume(path) : io::volume_numbers(path, &numbers_); }

  void settle(Napi::Env env) override {
    if (broken_) failure_ = broken_;
    const auto number = [&](uint64_t value) { return Napi::Number::New(env, static_cast<double>(value)); };
    Napi::Object object = Napi::Object::New(env);
    object["device"] = Napi::String::New(env, std::to_string(numbers_.device));
    object["mount"] = number(numbers_.mount);
    object["freeBytes"] = number(numbers_.free_bytes);
    object["totalBytes"] = number(numbers_.total_bytes);
    object["freeFiles"] = number(numbers_.free_files);
    object["totalFiles"] = number(numbers_.total_files);
    object["readOnly"] = Napi::Boolean::New(env, numbers_.read_only);
    object["fileSystem"] = Napi::String::New(env, numbers_.file_system);
    object["uuid"] = Napi::String::New(env, numbers_.uuid);
    object["mountPoint"] = Napi::String::New(env, numbers_.mount_point);
    done.Call({from_failure(env, failure_), object});
  }

  void release() override { done.Reset(); }

 private:
  Failure failure_;
  io::VolumeNumbers numbers_;
};

void start_volume(const Napi::CallbackInfo& info, bool flush) {
  auto job = std::make_shared<VolumeJob>();
  job->path = to_path(info[0]);
  job->flush = flush;
  job->done = Napi::Persistent(info[1].As<Napi::Function>());
  Job::start(job, info.Env(), "glassine volume");
}

}  // namespace

void register_jobs(Napi::Env env, Napi::Object exports) {
  exports["transfer"] = Napi::Function::New<start_transfer>(env, "transfer");
  exports["arrange"] = Napi::Function::New<start_arrange>(env, "arrange");
  exports["flushVolume"] = Napi::Function::New(
      env, [](const Napi::CallbackInfo& info) { start_volume(info, true); }, "flushVolume");
  exports["volumeNumbers"] = Napi::Function::New(
      env, [](const Napi::CallbackInfo& info) { start_volume(info, false); }, "volumeNumbers");
}

}  // namespace glassine
