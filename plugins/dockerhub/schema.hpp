// The options of the dockerhub plugin as JSON Schema draft-07.
#pragma once

namespace fanfare::plugins::dockerhub {

inline constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["source", "trigger"],
    "properties": {
        "source": {
            "type": "string",
            "format": "fanfare-secret",
            "writeOnly": true,
            "description": "What stands behind /source/ in the trigger's address: the id of the repository's source."
        },
        "trigger": {
            "type": "string",
            "format": "fanfare-secret",
            "writeOnly": true,
            "description": "What stands behind /trigger/ in the trigger's address: whoever has both may start builds."
        },
        "source_type": {
            "type": "string",
            "enum": ["Branch", "Tag"],
            "default": "Branch",
            "description": "What to build: a branch or a tag of the source repository."
        },
        "source_name": {
            "type": "string",
            "minLength": 1,
            "default": "master",
            "format": "fanfare-template-line",
            "description": "Name of the branch or tag. May be a template.",
            "examples": ["master", "{{ data.release.tag }}"]
        },
        "base_url": {
            "type": "string",
            "default": "https://hub.docker.com",
            "description": "Address of Docker Hub, or of what stands in for it."
        }
    }
})json";

}  // namespace fanfare::plugins::dockerhub
