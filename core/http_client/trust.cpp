#include "http_client/trust.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/crypto.hpp"

namespace fanfare::http_client {
namespace {

std::optional<std::string> ReadFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.bad()) return std::nullopt;
    return text;
}

bool IsFolder(const char* path) {
    std::error_code ignored;
    return path != nullptr && std::filesystem::is_directory(path, ignored);
}

std::string OrEmpty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

}  // namespace

base::Result<Trust> Trust::Load(const std::string& ca_file) {
    const curl_version_info_data* built = curl_version_info(CURLVERSION_NOW);
    Trust trust;
    // A hashed folder is read one certificate at a time. A whole bundle costs some 10 ms of this room's only thread per
    // connection, unless libcurl caches it, which it does for a file alone.
    if (IsFolder(built->capath)) trust.folder_ = built->capath;
    if (trust.folder_.empty()) trust.file_ = OrEmpty(built->cainfo);
    if (ca_file.empty()) return trust;

    std::optional<std::string> own = ReadFile(ca_file);
    if (!own)
        return base::MakeError(base::Code::kConfig, "the file of certificate authorities " + ca_file +
                                                        " cannot be read; check path and rights");
    if (own->find("-----BEGIN CERTIFICATE-----") == std::string::npos)
        return base::MakeError(base::Code::kConfig, "the file of certificate authorities " + ca_file +
                                                        " holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
    trust.digest_ = base::BytesOf(base::Sha256(*own));
    if (!trust.folder_.empty() || trust.file_.empty()) {
        trust.file_ = ca_file;
        return trust;
    }
    std::optional<std::string> system = ReadFile(trust.file_);
    if (!system)
        return base::MakeError(base::Code::kIo,
                               "the system's certificate authorities in " + trust.file_ + " cannot be read");
    trust.both_ = *std::move(system) + "\n" + *std::move(own);
    return trust;
}

void Trust::Apply(CURL* handle) const {
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(handle, CURLOPT_CAPATH, folder_.empty() ? nullptr : folder_.c_str());
    curl_easy_setopt(handle, CURLOPT_CAINFO, file_.empty() || !both_.empty() ? nullptr : file_.c_str());
    ApplyToProxy(handle);
    if (both_.empty()) return;
    curl_blob blob{const_cast<char*>(both_.data()), both_.size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &blob);
    curl_easy_setopt(handle, CURLOPT_PROXY_CAINFO_BLOB, &blob);
}

void Trust::ApplyToProxy(CURL* handle) const {
    curl_easy_setopt(handle, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(handle, CURLOPT_PROXY_CAPATH, folder_.empty() ? nullptr : folder_.c_str());
    curl_easy_setopt(handle, CURLOPT_PROXY_CAINFO, file_.empty() || !both_.empty() ? nullptr : file_.c_str());
}

}  // namespace fanfare::http_client
