// What the tests of this folder share: directories that go away, a scripted HTTP client, a listener that can be waited
// for.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http_client/client.hpp"
#include "plugin/catalog.hpp"
#include "plugin/instance.hpp"
#include "plugin/library.hpp"

namespace fanfare::plugin {

inline const std::string kBadPlugins = FANFARE_BAD_PLUGINS;
// Only a failing test waits this long.
constexpr auto kPatience = std::chrono::seconds(20);

inline base::SteadyTime In(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

class TempDir {
public:
    TempDir() {
        std::string name = "/tmp/fanfare-plugin-test-XXXXXX";
        path_ = mkdtemp(name.data());
    }
    ~TempDir() { std::filesystem::remove_all(path_); }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

inline std::string ReadFile(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Keeps requests until the test answers them.
class FakeClient final : public http_client::Client {
public:
    void AfterThese(std::function<void()> call) override { call(); }
    void Send(http_client::Request request, std::function<void(http_client::Response)> done) override {
        const std::lock_guard lock(mutex_);
        requests_.push_back({std::move(request), std::move(done)});
        changed_.notify_all();
    }

    http_client::Request WaitFor(std::size_t n) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return requests_.size() > n; }));
        return requests_.at(n).first;
    }

    void Answer(std::size_t n, http_client::Response response) {
        WaitFor(n);
        std::function<void(http_client::Response)> done;
        {
            const std::lock_guard lock(mutex_);
            done = std::exchange(requests_.at(n).second, nullptr);
        }
        done(std::move(response));
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::pair<http_client::Request, std::function<void(http_client::Response)>>> requests_;
};

// A listener's answers, in order of arrival.
class Answers {
public:
    sink::Listener Listener() {
        return [this](std::vector<sink::Answer> answers) {
            const std::lock_guard lock(mutex_);
            ++calls_;
            for (sink::Answer& answer : answers) all_.push_back(std::move(answer));
            changed_.notify_all();
        };
    }
    std::vector<sink::Answer> WaitFor(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return all_.size() >= count; }))
            << all_.size() << " answers";
        return all_;
    }
    std::vector<sink::Answer> All() {
        const std::lock_guard lock(mutex_);
        return all_;
    }
    std::size_t calls() {
        const std::lock_guard lock(mutex_);
        return calls_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<sink::Answer> all_;
    std::size_t calls_ = 0;
};

inline sink::Item MakeItem(std::uint64_t seq, std::string data = "{}") {
    auto event = std::make_shared<model::StoredEvent>();
    event->key = {seq, 77};
    event->envelope.event.id = "id-" + std::to_string(seq);
    event->envelope.event.source = "/source";
    event->envelope.event.type = "test.happened";
    event->envelope.event.subject = "http://localhost/hook";
    event->envelope.event.data = std::move(data);
    return {{seq, 3}, 1, std::move(event)};
}

inline sink::Batch MakeBatch(std::uint64_t first, std::size_t count = 1) {
    sink::Batch batch;
    for (std::size_t i = 0; i < count; ++i) batch.items.push_back(MakeItem(first + i));
    batch.deadline = In(std::chrono::minutes(5));
    return batch;
}

// One destination "dest" on a plugin of tests/plugin_host/bad_plugins.
class Rig {
public:
    explicit Rig(const std::string& plugin, const std::string& options = "{}", Limits limits = {},
                 std::map<std::string, base::Secret> secrets = {},
                 std::shared_ptr<const http_client::Settings> http = {})
        : library_(Library::Open(plugin, {kBadPlugins})) {
        EXPECT_TRUE(library_) << library_.error().message;
        const json::Value value = (*library_)->schema().WithDefaults(*json::Parse(options));
        auto made = Instance::Create(**library_, {"dest", value, std::move(secrets), std::move(http), {}}, client,
                                     wrongs, limits);
        if (made) {
            sink = std::make_unique<PluginSink>(*std::move(made));
        } else {
            error = made.error().message;
        }
    }

    Rig& Start() {
        const base::Status status = sink->Start(answers.Listener());
        EXPECT_TRUE(status) << (status ? "" : status.error().message);
        return *this;
    }

    std::uint64_t Count(const std::string& kind) const {
        for (const Misbehaviour& each : wrongs->All()) {
            if (each.kind == kind && each.destination == "dest") return each.count;
        }
        return 0;
    }
    // Nothing that the contract forbids was counted.
    bool IsClean() const { return wrongs->All().empty(); }

    base::Result<std::unique_ptr<const Library>> library_;
    FakeClient client;
    Answers answers;
    std::shared_ptr<Misbehaviours> wrongs = std::make_shared<Misbehaviours>();
    std::unique_ptr<sink::Sink> sink;
    std::string error;
};

inline std::string How(const std::string& how) { return R"({"how":")" + how + R"("})"; }

}  // namespace fanfare::plugin
