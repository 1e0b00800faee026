# relay_module(<name> SOURCES a.cpp ... DEPENDS <module or library> ... PRIVATE <library> ... OPTIONS <flag> ...)
# makes the static library relay_<name> from src/<name>. DEPENDS shows in the module's headers;
# PRIVATE is a library hidden in its .cpp files, and OPTIONS what those need to compile with it.
# relay_<name>_internals is for tests below the module's interface: its private headers, and what they need.
function(relay_module name)
    cmake_parse_arguments(MODULE "" "" "SOURCES;DEPENDS;PRIVATE;OPTIONS" ${ARGN})
    add_library(relay_${name} STATIC ${MODULE_SOURCES})
    target_include_directories(relay_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(relay_${name} PUBLIC relay_flags ${MODULE_DEPENDS}
                                        PRIVATE ${MODULE_PRIVATE})
    target_compile_options(relay_${name} PRIVATE ${MODULE_OPTIONS})
    target_precompile_headers(relay_${name} REUSE_FROM relay_asio)

    add_library(relay_${name}_internals INTERFACE)
    target_include_directories(relay_${name}_internals INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(relay_${name}_internals INTERFACE relay_${name} ${MODULE_PRIVATE})
    target_compile_options(relay_${name}_internals INTERFACE ${MODULE_OPTIONS})
endfunction()
