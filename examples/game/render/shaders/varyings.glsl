// From the corners to the pixels of the main pass.
layout(location = 0) VARYING vec3 place;
layout(location = 1) VARYING vec3 normal;
layout(location = 2) flat VARYING vec4 color_roughness;
layout(location = 3) flat VARYING vec4 metallic_glow_relief;
#ifdef FULL
layout(location = 4) VARYING vec3 tangent;
layout(location = 5) VARYING vec2 uv;
#endif
