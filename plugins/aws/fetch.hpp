// Fetches credentials as a Plan says, over the host's HTTP client.
//
// Sources: AWS STS API Reference (AssumeRole, AssumeRoleWithWebIdentity, 2011-06-15); Amazon EC2 User Guide, "Use the
// Instance Metadata Service" (IMDSv2: PUT latest/api/token, then two GETs); AWS SDKs and Tools Reference Guide,
// "Container credential provider".
//
// Threads: the instance's.
#pragma once

#include <functional>
#include <string>

#include <fanfare/crypto.hpp>
#include <fanfare/http.hpp>

#include "aws/keys.hpp"
#include "aws/plan.hpp"
#include "aws/surroundings.hpp"

namespace fanfare::plugins::aws {

// Keys, or why there are none: unreachable, since the service itself was not talked to; not_attempted if the host
// stops.
struct Fetched {
    KeysPtr keys;
    Outcome failure{};
};
using FetchDone = std::function<void(Fetched)>;

struct Sts {
    std::string url;     // of its endpoint, ending in '/'
    std::string region;  // to sign for
};

class Fetcher {
public:
    Fetcher(const Host& host, Surroundings surroundings, Sts sts);
    // `done` is called once: now, if no request is needed, or later. What it owns must not be the only owner of this.
    void Fetch(const Plan& plan, FetchDone done) const;

private:
    void FromWebIdentity(const WebIdentity& identity, FetchDone done) const;
    void FromContainer(const Container& container, FetchDone done) const;
    void FromInstance(const InstanceMetadata& instance, FetchDone done) const;
    void ListRoles(const std::string& root, const std::string& token, FetchDone done) const;
    void Assume(const KeysPtr& keys, const Role& role, FetchDone done) const;
    void AskSts(const std::string& body, const KeysPtr& keys, FetchDone done) const;

    Http http_;
    Crypto crypto_;
    Surroundings surroundings_;
    Sts sts_;
};

}  // namespace fanfare::plugins::aws
