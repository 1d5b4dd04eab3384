#include <array>
#include <cstdlib>

#include "config/config.hpp"
#include "config/file.hpp"

namespace fanfare::config {
namespace {

constexpr std::size_t kMaxSecret = 64u << 10;

base::Error Fault(std::string message) { return base::MakeError(base::Code::kConfig, std::move(message)); }

// `hint` is what the operator can do if the file cannot be read.
base::Result<base::Secret> FromFile(const std::string& path, const std::string& hint) {
    if (path.empty() || path.front() != '/') {
        return Fault("secret file '" + path + "' is not an absolute path; write it from the root: { file = \"/...\" }");
    }
    auto text = ReadFile(path, kMaxSecret);
    if (!text) return Fault("cannot read secret file '" + path + "': " + text.error().message + "; " + hint);
    std::string value = *std::move(text);
    if (value.ends_with('\n')) value.pop_back();
    if (value.ends_with('\r')) value.pop_back();
    if (value.empty()) return Fault("secret file '" + path + "' is empty; write the secret into it");
    return base::Secret(std::move(value));
}

base::Result<base::Secret> FromEnvironment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (!value || !*value) {
        return Fault("environment variable '" + name +
                     "' for a secret is not set, or empty; set it where fanfare is started");
    }
    return base::Secret(value);
}

base::Result<base::Secret> FromCredential(const std::string& name) {
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
        return Fault("'" + name + "' is not the name of a systemd credential; write the name alone, without a path");
    }
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (!directory || !*directory) {
        return Fault("systemd credential '" + name +
                     "' is not there: CREDENTIALS_DIRECTORY is not set; add LoadCredential=" + name +
                     ":/path to the unit");
    }
    return FromFile(std::string(directory) + "/" + name, "add LoadCredential=" + name + ":/path to the unit");
}

}  // namespace

base::Result<base::Secret> ResolveSecret(const json::Value& value) {
    const std::string kForms = "a string, { file = \"/path\" }, { env = \"NAME\" } or { credential = \"NAME\" }";
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        if (text.empty()) return Fault("a secret is an empty string; write " + kForms);
        return base::Secret(text);
    }
    if (!value.is_object() || value.size() != 1 || !value.begin()->is_string()) {
        return Fault("a secret must be " + kForms);
    }
    const std::string& source = value.begin().key();
    const auto& name = value.begin()->get_ref<const std::string&>();
    if (name.find('\0') != std::string::npos) return Fault("the source of a secret contains a NUL; write " + kForms);
    if (source == "file") return FromFile(name, "the user that runs fanfare must be able to read it");
    if (source == "env") return FromEnvironment(name);
    if (source == "credential") return FromCredential(name);
    return Fault("a secret cannot come from '" + source + "'; write " + kForms);
}

}  // namespace fanfare::config
