// The light of the sky from a direction, without the sun's disc and clouds.
vec3 sky_light(vec3 way) {
  float high = max(way.y, 0.0);
  vec3 zenith = vec3(0.11, 0.26, 0.62), horizon = vec3(0.84, 0.70, 0.56);
  vec3 color = mix(horizon, zenith, pow(min(high * 1.35, 1.0), 0.42));
  float near_sun = max(dot(way, scene.sun.xyz), 0.0);
  return color + vec3(1.0, 0.55, 0.22) * (0.22 * pow(near_sun, 6.0) + 0.35 * pow(near_sun, 48.0));
}
const vec3 SUN_COLOR = vec3(1.0, 0.78, 0.52);
