/** Stops what global-setup started. */
import { stopTestCluster } from './global-setup.js';

export default stopTestCluster;
