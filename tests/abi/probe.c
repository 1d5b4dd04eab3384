/* What abidw reads of the SDK, which is headers only: a library with one function for each thing that crosses the border. A
 * change of layout, of an argument or of a named type is seen from here by abidiff; constants are not, sdk/abi/v1.inc has them. */
#include <fanfare/crypto.h>
#include <fanfare/http.h>
#include <fanfare/plugin.h>

#define PROBE(name, ...)            \
    void fanfare_probe_##name(__VA_ARGS__ *probed); \
    void fanfare_probe_##name(__VA_ARGS__ *probed) { (void)probed; }

PROBE(str, fanfare_str)
PROBE(bytes, fanfare_bytes)
PROBE(kv, fanfare_kv)
PROBE(event, fanfare_event)
PROBE(batch, fanfare_batch)
PROBE(result, fanfare_result)
PROBE(host, fanfare_host)
PROBE(plugin, fanfare_plugin)
PROBE(query_fn, fanfare_plugin_query_fn)
PROBE(status, fanfare_status)
PROBE(level, fanfare_level)
PROBE(outcome, fanfare_outcome)
PROBE(http, fanfare_http)
PROBE(http_request, fanfare_http_request)
PROBE(http_response, fanfare_http_response)
PROBE(http_done, fanfare_http_done)
PROBE(http_end, fanfare_http_end)
PROBE(crypto, fanfare_crypto)
