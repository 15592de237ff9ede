// The land's colors: grass, roads round the villages, trodden squares in their middle.
vec4 ground_color(vec3 place, vec3 grass, float bright) {
  float side = scene.land.w;
  vec2 from = place.xz + scene.land.x, cell = floor(from / side);
  vec2 village = from - (cell + 0.5) * side;
  bool lived_in = cell.x >= 0.0 && cell.x < scene.land.y && cell.y >= 0.0 &&
                  cell.y * scene.land.y + cell.x < scene.land.z;
  float inside = lived_in ? 1.0 : 0.0;
  float ragged = (bright - 1.0) * 1.6;
  float square = max(abs(village.x), abs(village.y));
  float road = 1.0 - smoothstep(1.5, 2.3, abs(square - 15.0) + ragged);
  float trodden = 0.85 * (1.0 - smoothstep(6.5, 10.5, length(village) + ragged * 2.0));
  float earth = max(road, trodden) * inside;
  vec3 dry = mix(grass, grass * vec3(1.75, 1.25, 1.0), 0.5 + 0.5 * sin(place.x * 0.11) *
                                                      sin(place.z * 0.083 + place.x * 0.03));
  return vec4(mix(dry, vec3(0.34, 0.25, 0.165), earth), earth);
}
