// One instance of the plugin under test, driven as a host drives it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "conformance/host.hpp"
#include "json/value.hpp"
#include "plugin/library.hpp"

namespace fanfare::conformance {

// Why a test cannot go on; caught where tests are run.
struct Failure {
    std::string text;
};
struct Skip {
    std::string text;
};

struct Outcome {
    fanfare_status status = FANFARE_OK;
    std::string text;  // of set_error
};

class Driver {
public:
    Driver(const plugin::Library& library, const json::Value& options, Age age = Age::kOurs,
           std::uint64_t first_batch = 1);

    Host& host() { return host_; }
    bool is_alive() const { return self_ != nullptr; }

    // create and validate. What create made is destroyed if validate refuses.
    Outcome Make();
    Outcome Start();
    // Both, or a Failure.
    void Up();
    // The id of the batch. What is BUSY is asked again after the far side has answered; a Failure if it stays busy.
    std::uint64_t Deliver(std::vector<Event> events, std::uint32_t flags = 0,
                          Steady::time_point deadline = Steady::now() + std::chrono::seconds(10));
    // The same without asking again: 0 if it was BUSY.
    std::uint64_t TryDeliver(std::vector<Event> events, std::uint32_t flags, Steady::time_point deadline);
    void Cancel(std::uint64_t batch);
    void Stop(Steady::time_point deadline);
    void Destroy();

    // How the far side answers requests: by the number of the request, from 0. 200 without a body at first.
    std::function<Reply(std::size_t)> far_side;
    // Answers all requests of fanfare.http. A Failure if there is no end of them.
    void Pump();
    // Pumps until every event is answered, or until then. False: some are still open.
    bool AwaitAll(Steady::time_point until);
    // AwaitAll until `deadline`, cancel, a while more; then a Failure that names the first event without an answer, or
    // the first breach of the contract.
    void Settle(std::uint64_t batch, Steady::time_point deadline);
    // Stop and destroy, then a Failure if an event was left without an answer or the contract was broken.
    void Down();
    // A Failure with the first breach of the contract, if there is one.
    void MustBeFaultless() const;

private:
    template <class Call>
    auto Run(const char* what, Call call) -> decltype(call());

    const plugin::Library& library_;
    const fanfare_plugin& table_;
    Host host_;
    const fanfare::testing::Fields rendered_;  // options of every event
    fanfare_instance* self_ = nullptr;
    std::size_t requests_ = 0;
};

// `count` events, each with its own ids.
std::vector<Event> Events(std::size_t count);

}  // namespace fanfare::conformance
