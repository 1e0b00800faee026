# relay_module(<name> SOURCES a.cpp ... DEPENDS <module or library> ... PRIVATE <library> ...)
# makes the static library relay_<name> from src/<name>. DEPENDS shows in the module's headers;
# PRIVATE is a library hidden in its .cpp files.
function(relay_module name)
    cmake_parse_arguments(MODULE "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
    add_library(relay_${name} STATIC ${MODULE_SOURCES})
    target_include_directories(relay_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(relay_${name} PUBLIC relay_flags ${MODULE_DEPENDS}
                                        PRIVATE ${MODULE_PRIVATE})
    target_precompile_headers(relay_${name} REUSE_FROM relay_asio)
endfunction()
