#include <sysexits.h>

#include <cstdio>
#include <string>

#include "app/audit_trail.hpp"
#include "audit/chain.hpp"
#include "cli/api.hpp"
#include "cli/command.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "config/config.hpp"

namespace fanfare::cli {

int RunAuditVerify(const Arguments& arguments) {
    std::string path =
        arguments.positional.empty() ? app::AuditPath(config::Load(arguments.config).config) : arguments.positional[0];
    if (path.empty()) return Fail(EX_CONFIG, "this configuration keeps no audit log; name a FILE, or set [log] audit");
    const auto chain = audit::ReadChain(path);
    if (!chain) return Fail(chain.error().code == base::Code::kInvalid ? EX_DATAERR : EX_IOERR, chain.error().message);
    if (chain->lines == 0) return Fail(EX_NOINPUT, path + " is not there, or empty");
    if (arguments.json) {
        PrintLine({{"path", path},
                   {"lines", chain->lines},
                   {"first", chain->first},
                   {"last", chain->last_number},
                   {"sha256", chain->last}});
        return EX_OK;
    }
    std::printf("%s: lines %llu to %llu are as they were written\nthe last one has the SHA-256 %s\n",
                Printable(path).c_str(), static_cast<unsigned long long>(chain->first),
                static_cast<unsigned long long>(chain->last_number), chain->last.c_str());
    return EX_OK;
}

}  // namespace fanfare::cli
